import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Plan } from "../../stack/plan.ts";
import { apiWith } from "../../test/fakes.ts";
import { hopelessProblem, Watch, type Watched } from "./watch.ts";

describe("a look at a cluster", () => {
  /** An API server with responses for these paths, and 403 or an empty list for all others. */
  async function watching(...api: Parameters<typeof apiWith>): Promise<{ watch: Watch; asked: string[] }> {
    const { kubeconfig, asked } = await apiWith(...api);
    const names = { serverNamespace: "n", monitoringNamespace: "m" } as Plan["names"];
    return { watch: new Watch(kubeconfig, { names }), asked };
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

describe("the message of a wait that does not end", () => {
  const pod = { kind: "Pod", namespace: "n", name: "p", reason: "", message: "", seconds: 60, lines: [] };
  const fix = (state: Watched["state"], message: string, more: Partial<Watched> = {}) =>
    hopelessProblem({ ...pod, state, message, ...more }, "server").fix;

  it("names the setting that helps", () => {
    const taint = (text: string) => fix("unscheduled", `1 node(s) had untolerated taint {${text}}.`);
    assert.match(taint("dedicated: gpu"), /--config tolerations=dedicated=gpu$/);
    assert.match(taint("node.kubernetes.io/disk-pressure: "), /^kubectl describe nodes /);
    assert.match(fix("unbound", "no volume"), /--config storageClass=NAME/);
    const limit = fix("image", "unexpected status code 429 Too Many Requests");
    assert.match(limit, /^wait, or .*imageMirror \(registryMirrors for a local cluster\)/);
  });

  it("names what blocks it in the cluster", () => {
    const webhook =
      'Internal error occurred: failed calling webhook "mutate.example": no endpoints available';
    assert.match(fix("not created", webhook), /^kubectl get validatingwebhookconfigurations,/);
    assert.match(fix("not created", "exceeded quota: q"), /^kubectl describe quota -n n /);
    const namespace = { kind: "Namespace", name: "n", reason: "NamespaceDeletionDiscoveryFailure" };
    const discovery =
      "Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion";
    assert.match(fix("deleted", discovery, namespace), /kubectl delete apiservice v1beta1\.metrics\.k8s\.io/);
  });
});
