import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { apiWith } from "../../test/fakes.ts";
import { planOf } from "../options.ts";
import { removalCommands } from "./leftovers.ts";

const settings = { cluster: "existing", context: "lab", registry: "registry.example/team" };
const plan = planOf("left", new Map(Object.entries(settings)));
const { serverNamespace, monitoringNamespace, release } = plan.names;

describe("the commands for the leftovers in a cluster", () => {
  const closers: (() => void)[] = [];
  after(() => {
    for (const close of closers) close();
  });

  /** An API server with these responses, and this status for all other paths. */
  async function cluster(answers: Record<string, unknown>, otherwise: 403 | 404): Promise<string> {
    const { kubeconfig, close } = await apiWith(answers, otherwise);
    closers.push(close);
    return kubeconfig;
  }

  const role = (name: string, namespace: string) => ({
    metadata: {
      name,
      annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
    },
  });

  it("delete its namespaces and its release's cluster roles, but nothing of another release of that name", async () => {
    const kubeconfig = await cluster(
      {
        [`/api/v1/namespaces/${serverNamespace}`]: { metadata: { name: serverNamespace } },
        "/apis/rbac.authorization.k8s.io/v1/clusterroles": {
          items: [role("ours", monitoringNamespace), role("theirs", "shop")],
        },
      },
      404,
    );
    assert.deepEqual(await removalCommands(kubeconfig, plan), [
      `kubectl delete namespace ${serverNamespace}`,
      "kubectl delete clusterrole ours",
    ]);
  });

  it("are empty if everything is deleted", async () => {
    assert.deepEqual(await removalCommands(await cluster({}, 404), plan), []);
  });

  it("are unknown for a user without the right to look", async () => {
    assert.equal(await removalCommands(await cluster({}, 403), plan), undefined);
  });
});
