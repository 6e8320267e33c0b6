import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withSharedLogin } from "../../stack/cluster/exec-plugin.ts";
import { apiWith } from "../../test/fakes.ts";
import { kept } from "../commands/down.ts";
import { planOf } from "../options.ts";
import { removalCommands } from "./leftovers.ts";
import type { OpenStack } from "./stack.ts";
import { handOverKubeconfig } from "./stack.ts";
import { State, secretOf, secretValue } from "./state.ts";

const settings = { cluster: "existing", context: "lab", registry: "registry.example/team" };
const plan = planOf("left", new Map(Object.entries(settings)));
const { serverNamespace, monitoringNamespace, release } = plan.names;

/** The kubeconfig of an API server with these responses, and this status for all other paths. */
const cluster = async (answers: Record<string, unknown>, otherwise: 401 | 403 | 404 = 404) =>
  (await apiWith(answers, otherwise)).kubeconfig;

describe("the commands for the leftovers in a cluster", () => {
  const role = (name: string, namespace: string) => ({
    metadata: {
      name,
      annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
    },
  });

  it("delete its namespaces and its release's cluster roles, but nothing of another release of that name", async () => {
    const kubeconfig = await cluster({
      [`/api/v1/namespaces/${serverNamespace}`]: { metadata: { name: serverNamespace } },
      "/apis/rbac.authorization.k8s.io/v1/clusterroles": {
        items: [role("ours", monitoringNamespace), role("theirs", "shop")],
      },
    });
    assert.deepEqual(await removalCommands(kubeconfig, plan), [
      `kubectl delete namespace ${serverNamespace}`,
      "kubectl delete clusterrole ours",
    ]);
  });

  it("are empty if everything is deleted", async () => {
    assert.deepEqual(await removalCommands(await cluster({}), plan), []);
  });

  it("are unknown for a user without the right to look", async () => {
    assert.equal(await removalCommands(await cluster({}, 403), plan), undefined);
  });
});

it("what `down` keeps is named, with the command that removes it", () => {
  const local = planOf("left", new Map(Object.entries({ keepImages: "true" })));
  assert.match(kept(local), /docker volume rm latency-lab-left-images .*docker builder prune removes it/);
  assert.match(kept(plan), /^the image in registry\.example\/team, .*docker builder prune/);
});

describe("the kubeconfig with which a stack is deleted", () => {
  const provider = "pulumi:providers:kubernetes";
  const urn = `urn:pulumi:left::latency-lab::${provider}::existing-kubernetes`;
  const ofNamespace = "kubernetes:core/v1:Namespace";

  /** Hands over the kubeconfig of the settings, to a state that was written with another one. */
  async function handedOver(kept: string, current: string): Promise<unknown> {
    const resources = [
      { type: provider, urn, inputs: { kubeconfig: secretOf(kept) } },
      { type: ofNamespace, urn: `urn:pulumi:left::latency-lab::${ofNamespace}::server` },
    ];
    let imported: State | undefined;
    const importStack = async (deployment: ConstructorParameters<typeof State>[0]) => {
      imported = new State(deployment);
    };
    const opened = { stack: { importStack } } as unknown as OpenStack;
    await handOverKubeconfig(opened, new State({ version: 3, deployment: { resources } }), current, plan);
    return secretValue(imported?.find(provider)?.inputs?.kubeconfig);
  }

  it("is that of the settings, not that of the last `up`", async () => {
    const kept = await cluster({});
    const renewed = kept.replace("token: token", "token: renewed");
    assert.notEqual(renewed, kept);
    assert.equal(await handedOver(kept, renewed), withSharedLogin(renewed));
    assert.equal(await handedOver(kept, kept), undefined, "nothing is written if it is the same");
    // The same cluster at another address.
    const moved = await cluster({ [`/api/v1/namespaces/${serverNamespace}`]: { metadata: {} } });
    assert.equal(await handedOver(kept, moved), moved);
  });

  it("is refused if it is of another cluster, where nothing would be found", async () => {
    const kept = await cluster({});
    await assert.rejects(
      handedOver(kept, await cluster({})),
      /context = "lab" is not the cluster of the stack left\n {2}why: the stack is at .*has no namespace/,
    );
    await assert.rejects(handedOver(kept, await cluster({}, 401)), /has expired or is refused \(401\)/);
  });
});
