import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { UserError } from "../../stack/errors.ts";
import { hopelessSeconds } from "../observe/snapshot.ts";
import type { Watched } from "../observe/watch.ts";
import { planOf } from "../options.ts";
import { Stages } from "../terminal/stages.ts";
import { followWaits, settled } from "./run.ts";

const plan = planOf("follow");

const wait: Watched = {
  kind: "Pod",
  namespace: plan.names.serverNamespace,
  name: "delayed-server-1",
  state: "image",
  reason: "ImagePullBackOff",
  message: "registry.example/x: not found",
  hopelessAfter: hopelessSeconds,
  seconds: 0,
  lines: [],
};

describe("while Pulumi waits", () => {
  let stages: Stages;
  let given: Watched[];
  let look: (waits: readonly Watched[]) => void;
  beforeEach(() => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    stages = new Stages(["chart", "server"]);
    given = [];
    const watch = {
      start(seen: typeof look) {
        look = seen;
      },
    };
    followWaits(watch, stages, plan, (hopeless) => {
      given.push(hopeless);
    });
  });
  afterEach(() => mock.timers.reset());

  it("a stage shows the first reason of its namespace, until there is none", () => {
    stages.start("server", "pods ready");
    stages.start("chart", "pods ready");
    look([wait]);
    assert.equal(
      stages.all.get("server")?.reason,
      "pod delayed-server-1: ImagePullBackOff: registry.example/x: not found",
    );
    assert.equal(stages.all.get("chart")?.reason, undefined);
    look([]);
    assert.equal(stages.all.get("server")?.reason, undefined);
  });

  it("a wait that does not end by itself is given up within a minute", () => {
    stages.start("server", "pods ready");
    look([wait]);
    mock.timers.tick((hopelessSeconds - 1) * 1000);
    look([{ ...wait, seconds: hopelessSeconds - 1 }]);
    assert.equal(given.length, 0);
    mock.timers.tick(1000);
    look([{ ...wait, seconds: hopelessSeconds }]);
    assert.equal(given[0]?.name, wait.name);
    assert.ok(hopelessSeconds < 55);
  });

  it("a wait from before the stage counts from the stage's start", () => {
    look([{ ...wait, seconds: 1000 }]);
    stages.start("server", "pods ready");
    look([{ ...wait, seconds: 1000 }]);
    assert.equal(given.length, 0);
  });

  it("an autoscaler without metrics does not block", () => {
    stages.start("server", "pods ready");
    look([{ ...wait, harmless: true, hopelessAfter: 0 }]);
    assert.equal(stages.all.get("server")?.reason, undefined);
    assert.equal(given.length, 0);
  });
});

describe("after Pulumi's end a stack", () => {
  const { signal } = new AbortController();
  /** A fake watch that returns its lists in order, and then repeats the last one. */
  const seeing = (...looks: Watched[][]) => ({
    look: async () => (looks.length > 1 ? (looks.shift() ?? []) : (looks[0] ?? [])),
  });

  it("is up when every pod is ready", () => settled(seeing([]), plan, signal));

  it("is not up before", async () => {
    const watch = seeing([{ ...wait, hopelessAfter: undefined }], []);
    await settled(watch, plan, signal);
    assert.deepEqual(await watch.look(), []);
  });

  it("is up if only an autoscaler has no metrics", () =>
    settled(seeing([{ ...wait, state: "scaling", harmless: true }]), plan, signal));

  it("fails if a pod will never be ready, and says which and why", async () => {
    const crash: Watched = {
      ...wait,
      state: "crash",
      reason: "CrashLoopBackOff",
      message: "container delayed-server ended with exit code 2, restarted 3 times",
      lines: ["METRICS_PORT=tcp://10.43.0.9:9090 is not a port"],
      crashed: { container: "delayed-server", runs: false, restarts: 3 },
      hopelessAfter: 0,
    };
    await assert.rejects(settled(seeing([crash]), plan, signal), (error: UserError) => {
      const [problem] = error.problems;
      assert.match(
        problem?.what ?? "",
        /^Pod latency-lab-follow\/delayed-server-1 keeps crashing: CrashLoopBackOff$/,
      );
      assert.match(problem?.why ?? "", /exit code 2[\s\S]*METRICS_PORT=tcp/);
      assert.match(
        problem?.fix ?? "",
        /^kubectl logs delayed-server-1 -n latency-lab-follow -c delayed-server --previous/,
      );
      return error instanceof UserError;
    });
  });
});
