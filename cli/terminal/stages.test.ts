import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { Stages } from "./stages.ts";

describe("a provider's progress message", () => {
  it("is reduced to the pod and the reason", () => {
    const stages = new Stages(["server"]);
    stages.follow({
      sequence: 1,
      timestamp: 1,
      diagnosticEvent: {
        urn: "urn:pulumi:dev::latency-lab::kubernetes:apps/v1:Deployment::delayed-server",
        message:
          "<{%fg 3%}>[Pod lab/delayed-server-1]: containers with unready status: [delayed-server] -- [ErrImagePull] not found<{%reset%}>",
        color: "always",
        severity: "info",
        ephemeral: true,
      },
    });
    assert.equal(stages.all.get("server")?.detail, "pod delayed-server-1: [ErrImagePull] not found");
  });
});

describe("progress in a pipe", () => {
  it("is a line when a stage begins and a line when it ends", () => {
    const lines: string[] = [];
    const stages = new Stages(["image", "server"], Date.now(), (line) => lines.push(line));
    stages.start("image", "building and pushing");
    stages.end("image", "done");
    stages.start("server", "pods ready");
    stages.end("server", "failed");
    assert.deepEqual(
      lines.map((line) => line.replace(/ \([\d.]+ s\)/, "")),
      [
        "… image of the delayed server: building and pushing",
        "✔ image of the delayed server",
        "… delayed server: pods ready",
        "✖ delayed server",
      ],
    );
  });

  describe("says what a stage waits for when that changes", () => {
    const lines: string[] = [];
    let stages: Stages;
    beforeEach(() => {
      mock.timers.enable({ apis: ["setTimeout", "Date"] });
      lines.length = 0;
      stages = new Stages(["server"], Date.now(), (line) =>
        lines.push(line.replace("… delayed server: ", "")),
      );
      stages.start("server", "pods ready");
    });
    afterEach(() => {
      mock.timers.reset();
    });

    it("at most every ten seconds, with the latest text", () => {
      stages.start("server", "0 of 2 ready");
      stages.start("server", "1 of 2 ready");
      mock.timers.tick(9_999);
      assert.deepEqual(lines, ["pods ready"]);
      mock.timers.tick(1);
      assert.deepEqual(lines, ["pods ready", "1 of 2 ready"]);
    });

    it("not if the text is unchanged", () => {
      stages.start("server", "0 of 2 ready");
      stages.start("server", "pods ready");
      mock.timers.tick(30_000);
      assert.deepEqual(lines, ["pods ready"]);
    });

    it("with the cluster's reason in preference to the provider's text", () => {
      mock.timers.tick(10_000);
      stages.explain("server", "pod a: ImagePullBackOff: not found");
      stages.start("server", "0/1 Pods available");
      mock.timers.tick(20_000);
      stages.explain("server", undefined);
      assert.deepEqual(lines, ["pods ready", "pod a: ImagePullBackOff: not found", "0/1 Pods available"]);
    });

    it("and nothing after its end", () => {
      stages.start("server", "0 of 2 ready");
      stages.end("server", "done");
      mock.timers.tick(30_000);
      assert.deepEqual(lines, ["pods ready", "✔ delayed server (0.0 s)"]);
    });
  });
});
