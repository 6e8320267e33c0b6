import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { showAsLines } from "./lines.ts";
import { Stages } from "./stages.ts";

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
