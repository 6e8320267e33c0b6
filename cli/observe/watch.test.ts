import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { apiWith } from "../../test/fakes.ts";
import { Watch } from "./watch.ts";

describe("a look at a cluster", () => {
  const closers: (() => void)[] = [];
  after(() => {
    for (const close of closers) close();
  });

  /** An API server with responses for these paths, and 403 or an empty list for all others. */
  async function watching(
    answers: Record<string, unknown>,
    otherwise: 200 | 401 | 403 = 200,
  ): Promise<{ watch: Watch; asked: string[] }> {
    const { kubeconfig, asked, close } = await apiWith(answers, otherwise);
    closers.push(close);
    return { watch: new Watch(new ClusterClient(kubeconfig), ["n"]), asked };
  }

  const crashing = {
    items: [
      {
        metadata: { name: "p", namespace: "n", uid: "p" },
        status: {
          phase: "Running",
          containerStatuses: [
            {
              name: "c",
              restartCount: 3,
              image: "",
              imageID: "",
              ready: false,
              state: { waiting: { reason: "CrashLoopBackOff" } },
              lastState: { terminated: { exitCode: 2, reason: "Error" } },
            },
          ],
        },
      },
    ],
  };

  it("reads a crashing container's last log lines once per restart", async () => {
    const { watch, asked } = await watching({
      "/api/v1/namespaces/n/pods": crashing,
      "/api/v1/namespaces/n/pods/p/log": "first\nLOAD_PORT=tcp://10.0.0.1 is not a port\n",
    });
    const [wait] = await watch.look();
    assert.equal(wait?.reason, "CrashLoopBackOff");
    assert.deepEqual(wait.lines, ["first", "LOAD_PORT=tcp://10.0.0.1 is not a port"]);
    await watch.look();
    assert.equal(asked.filter((path) => path.includes("/log")).length, 1);
  });

  it("skips kinds that the user can't list", async () => {
    const { watch } = await watching({ "/api/v1/namespaces/n/pods": crashing }, 403);
    assert.deepEqual(
      (await watch.look()).map(({ name }) => name),
      ["p"],
    );
  });

  it("fails when the login is refused", async () => {
    const { watch } = await watching({}, 401);
    await assert.rejects(watch.look(), { code: 401 });
  });
});
