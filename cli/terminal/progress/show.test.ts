import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { showAsLines } from "./show.ts";
import { Stages } from "./stages.ts";

describe("what a provider says while it waits", () => {
  it("is cut down to the pod and the reason", () => {
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
  it("is a line when a stage begins and one when it ends", async () => {
    const lines: string[] = [];
    const stages = new Stages(["image", "server"]);
    const shown = showAsLines(stages, (line) => lines.push(line));
    stages.start("image", "building and pushing");
    stages.end("image", "done");
    stages.start("server", "pods ready");
    stages.end("server", "failed");
    await shown;
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

  it("says what a stage waits for when that changes, at most every ten seconds", async () => {
    const lines: string[] = [];
    let now = 0;
    const stages = new Stages(["server"]);
    const shown = showAsLines(
      stages,
      (line) => lines.push(line),
      () => now,
    );
    stages.start("server", "pods ready");
    stages.start("server", "one of two ready");
    now = 10_000;
    stages.start("server", "pods ready");
    stages.start("server", "ImagePullBackOff");
    stages.end("server", "done");
    await shown;
    assert.deepEqual(lines.slice(0, -1), [
      "… delayed server: pods ready",
      "… delayed server: ImagePullBackOff",
    ]);
  });
});
