import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { V1Pod, V1ResourceQuota } from "@kubernetes/client-node";
import { cluster, node } from "../../test/fakes.ts";
import { makePlan } from "../plan.ts";
import type { Toleration } from "../settings/patterns.ts";
import { type RawSettings, readSettings } from "../settings/read.ts";
import { architecture, nodeAddress, nodeProblems, runsDocker, usableNodes } from "./cluster-nodes.ts";
import { type Occupied, quantity, roomProblems } from "./cluster-room.ts";
import { surveyCluster } from "./existing-cluster.ts";

function planWith(settings: RawSettings) {
  const { configuration, problems } = readSettings({ cluster: "existing", context: "lab", ...settings });
  assert.ok(configuration, problems?.map(({ what }) => what).join());
  return makePlan(configuration, "room", "/");
}

/** A node as a k3s node of two cores and 4 GiB reports itself. */
const small = (name: string, fields: Parameters<typeof node>[1] = {}) =>
  node(name, { allocatable: { cpu: "2", memory: "3999248Ki", pods: "110" }, ...fields });

/** A running pod as in the API. */
const pod = (nodeName: string, cpu: string, fields: object = {}, namespace = "shop") =>
  ({
    metadata: { name: "p", namespace },
    spec: {
      nodeName,
      containers: [{ name: "c", resources: { requests: { cpu, memory: "64Mi" } } }],
      ...fields,
    },
  }) as unknown as V1Pod;

const quota = (hard: Record<string, string>, spec: object = {}): V1ResourceQuota => ({
  metadata: { name: "q", namespace: "latency-lab-room" },
  spec: { hard, ...spec },
  status: { hard, used: hard },
});

const problems = (
  nodes: Parameters<typeof roomProblems>[0],
  occupied: Partial<Occupied> = {},
  settings: RawSettings = {},
) => roomProblems(nodes, { pods: [], quotas: [], ...occupied }, planWith(settings));

describe("room on the nodes", () => {
  it("is enough for the default requests on a small node", () => {
    assert.deepEqual(problems([small("a")]), []);
  });

  it("is missing if no node has enough for a single pod, although the sum is enough", () => {
    const [problem, more] = problems([small("a"), small("b")], {}, { resources: "prometheus=1250m/1Gi" });
    assert.equal(more, undefined);
    assert.equal(problem?.what, "no node has room for a pod of prometheus");
    assert.match(
      problem?.why ?? "",
      /requests cpu 2\.5, memory 2048Mi, pods 1; .*left: cpu 2, memory 3906Mi/,
    );
    assert.match(problem?.fix ?? "", /--config resources=prometheus=CPU\/MEMORY/);
  });

  it("is missing if the sum is too large, and the fix is the setting that helps", () => {
    const [many] = problems([small("a")], {}, { replicas: "50" });
    assert.match(many?.what ?? "", /no room for the stack's pods/);
    assert.match(many?.fix ?? "", /--config replicas=1 /);
    const [full] = problems([small("a")], {}, { resources: "*=200m/128Mi" });
    assert.match(full?.why ?? "", /request cpu 2\.4, .*have left: cpu 2,/);
    assert.match(full?.fix ?? "", /--config preset=laptop /);
    const [all] = problems([small("a")], {}, { resources: "*=900m/128Mi" });
    assert.match(all?.fix ?? "", /--config resources='\*=CPU\/MEMORY'/);
  });

  it("excludes what others request, but not the stack's own pods or pods that end", () => {
    const nodes = [small("a")];
    assert.match(problems(nodes, { pods: [pod("a", "1980m")] })[0]?.why ?? "", /left: cpu 0\.02,/);
    for (const passing of [
      pod("a", "1980m", {}, "latency-lab-room"),
      pod("b", "1980m"),
      pod("a", "1980m", { priority: -10 }),
      { ...pod("a", "1980m"), metadata: { namespace: "shop", deletionTimestamp: new Date() } },
    ]) {
      assert.deepEqual(problems(nodes, { pods: [passing] }), []);
    }
    assert.deepEqual(problems(nodes, { pods: [pod("a", "1980m")] }, { priorityClass: "high" }), []);
  });

  it("counts allocatable alone if pods can't be listed", () => {
    assert.deepEqual(problems([small("a")], { pods: undefined }), []);
    assert.equal(problems([small("a")], { pods: undefined }, { resources: "server=3/1Gi" }).length, 1);
  });

  it("is unknown on a cloud's nodes, which an autoscaler may add", () => {
    const large = { resources: "server=3/1Gi" };
    const cloud = small("a", { spec: { providerID: "aws:///eu-west-1a/i-0123456789abcdef0" } });
    assert.deepEqual(problems([cloud], {}, large), []);
    assert.equal(problems([small("a", { spec: { providerID: "k3s://a" } })], {}, large).length, 1);
    assert.deepEqual(problems([node("a")], {}, large), []);
  });
});

describe("room in a quota of the stack's namespace", () => {
  it("is enough for the pods that it has counted already", () => {
    assert.deepEqual(problems([], { quotas: [quota({ "requests.cpu": "60m", pods: "2" })] }), []);
  });

  it("is missing if the pods need more than it allows", () => {
    const [problem] = problems([], { quotas: [quota({ "requests.cpu": "200m" })] }, { replicas: "4" });
    assert.equal(
      problem?.what,
      "the quota q in the namespace latency-lab-room has no room for the stack's pods",
    );
    assert.equal(problem?.why, "they need requests.cpu=0.21, and it allows requests.cpu=200m");
    assert.match(problem?.fix ?? "", /--config replicas=1 .*kubectl edit quota q -n latency-lab-room/);
    const keys = { pods: "4", memory: "300Mi", "limits.memory": "2Gi" };
    assert.deepEqual(
      problems([], { quotas: [quota(keys)] }, { replicas: "4" }).map(({ why }) => why.split(",")[0]),
      ["they need pods=5", "they need memory=304Mi", "they need limits.memory=2240Mi"],
    );
  });

  it("is asked for if the quota's scopes are certainly those of the pods", () => {
    const missing = (scope: object, settings: RawSettings = {}) =>
      problems([], { quotas: [quota({ pods: "0" }, scope)] }, settings).length;
    const ofClass = (operator: string, values?: string[]) => ({
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values }] },
    });
    assert.equal(missing({ scopes: ["NotTerminating", "NotBestEffort"] }), 1);
    for (const scope of ["Terminating", "BestEffort"]) assert.equal(missing({ scopes: [scope] }), 0, scope);
    const low = { priorityClass: "low" };
    assert.equal(missing(ofClass("In", ["low"]), low), 1);
    assert.equal(missing(ofClass("NotIn", ["high"]), low), 1);
    assert.equal(missing(ofClass("Exists"), low), 1);
    assert.equal(missing(ofClass("In", ["high"]), low), 0);
    assert.equal(missing(ofClass("NotIn", ["low"])), 0, "the cluster can have a default");
  });
});

describe("the survey of a cluster", () => {
  const own = (name: string) => ({
    name,
    labels: { "app.kubernetes.io/part-of": "latency-lab", "app.kubernetes.io/instance": "latency-lab-room" },
  });

  it("reports nodes and quotas without room, even if the user may not list pods", async () => {
    const { kubeconfig } = await cluster({
      nodes: [small("a")],
      lists: { "/api/v1/namespaces/latency-lab-room/resourcequotas": [quota({ pods: "1" })] },
      answers: { "/api/v1/pods": 403 },
    });
    await assert.rejects(
      surveyCluster(kubeconfig, planWith({ resources: "server=3/1Gi" })),
      /no node has room for a pod of server[\s\S]*they need pods=2, and it allows pods=1/,
    );
  });

  it("reports a quota that requires limits, and no other refusal of pods that may run already", async () => {
    const namespaces = [own("latency-lab-room"), own("latency-lab-room-monitoring")];
    const lists = {
      "/api/v1/namespaces/latency-lab-room/resourcequotas": [quota({ "limits.cpu": "2" })],
    };
    const required =
      'pods "server-dry-run" is forbidden: failed quota: q: must specify limits.cpu for: server';
    const refusing = async (message: string) => {
      const refuses = (object: string) => (object.includes('"cpu":"1"') ? undefined : message);
      const { kubeconfig } = await cluster({ namespaces, lists, refuses });
      return surveyCluster(kubeconfig, planWith({}));
    };
    await assert.rejects(refusing(required), /must specify limits\.cpu for: server/);
    await refusing('pods "server-dry-run" is forbidden: exceeded quota: q');
  });
});

it("quantities are read as Kubernetes writes them", () => {
  const read = ["100m", "2", "1.5", "64Mi", "0.5Gi", "1k", "3999248Ki", "2e3", "500u", ""].map((one) =>
    quantity(one),
  );
  const mi = 2 ** 20 * 1000;
  assert.deepEqual(read, [100, 2000, 1500, 64 * mi, 512 * mi, 1e6, 3999248 * 1024000, 2e6, 1, 0]);
});

const anywhere = {
  nodeSelector: {},
  tolerations: [] as Toleration[],
  imagePlatform: undefined,
  nodeAddress: undefined,
};
const at = (address: string, type = "InternalIP") => [{ type, address }];
const taint = (key: string, value?: string) => ({ spec: { taints: [{ key, value, effect: "NoSchedule" }] } });

describe("the address of NodePorts", () => {
  it("is that of a ready node, regardless of the order", () => {
    const nodes = [
      node("a", { ready: false, addresses: at("192.0.2.1") }),
      node("b", { addresses: at("192.0.2.2") }),
    ];
    assert.equal(nodeAddress(nodes), "192.0.2.2");
  });

  it("is an external one if there is one, else a node's first internal one, of either IP family", () => {
    const dual = [...at("2001:db8::1"), ...at("192.0.2.1")];
    assert.equal(nodeAddress([node("a", { addresses: dual })]), "2001:db8::1");
    assert.equal(
      nodeAddress([node("a", { addresses: [...dual, ...at("203.0.113.1", "ExternalIP")] })]),
      "203.0.113.1",
    );
  });

  it("is a name if there is nothing else", () => {
    const names = [...at("a", "Hostname"), ...at("a.internal", "InternalDNS")];
    assert.equal(nodeAddress([node("a", { addresses: names })]), "a.internal");
    assert.throws(() => nodeAddress([node("a", { addresses: [] })]), /no node of the cluster has an address/);
  });
});

describe("nodes that can't run the pods", () => {
  const problem = (nodes: ReturnType<typeof node>[], placement = {}) =>
    nodeProblems(nodes, { ...anywhere, ...placement })[0];

  it("are not reported while another node can", () => {
    const nodes = [
      node("a", taint("gpu")),
      node("b", { ready: false }),
      node("c", { info: { operatingSystem: "windows" } }),
      node("d"),
    ];
    assert.equal(problem(nodes), undefined);
    assert.deepEqual(
      usableNodes(nodes, anywhere).map(({ metadata }) => metadata?.name),
      ["d"],
    );
  });

  it("are reported by reason, with the setting that helps most of them", () => {
    const nodes = [
      node("a", taint("team", "ml")),
      node("b", taint("team", "ml")),
      node("c", { ready: false }),
    ];
    const { why, fix } = problem(nodes) ?? {};
    assert.equal(why, "2 with the taint team=ml:NoSchedule, which the pods don't tolerate; 1 not ready");
    assert.equal(fix, "npm run up -- --config tolerations=team=ml:NoSchedule");
  });

  it("keep the existing tolerations in the fix", () => {
    const tolerations = [{ key: "a", operator: "Exists", effect: "NoSchedule" }];
    const both = node("n", {
      spec: {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "b", effect: "NoExecute" },
        ],
      },
    });
    assert.match(problem([both], { tolerations })?.fix ?? "", /tolerations=a:NoSchedule,b:NoExecute$/);
    assert.equal(problem([both], { tolerations: [{ operator: "Exists" }] }), undefined);
  });

  it("can be full, starting or leaving: a taint that says so is not to be tolerated", () => {
    const full = node("a", taint("node.kubernetes.io/disk-pressure"));
    assert.match(problem([full])?.fix ?? "", /^kubectl describe node a /);
    for (const key of [
      "node.cilium.io/agent-not-ready",
      "node.cloudprovider.kubernetes.io/uninitialized",
      "ToBeDeletedByClusterAutoscaler",
      "karpenter.sh/disrupted",
    ]) {
      assert.match(problem([node("a", taint(key))])?.fix ?? "", /^kubectl describe node a /, key);
    }
  });

  it("can be cordoned, have another operating system or architecture, or lack a label", () => {
    assert.match(problem([node("a", { spec: { unschedulable: true } })])?.fix ?? "", /kubectl uncordon a/);
    assert.match(problem([node("a", { info: { operatingSystem: "windows" } })])?.fix ?? "", /Linux node/);
    assert.match(
      problem([node("a", { info: { architecture: "arm64" } })], { imagePlatform: "linux/amd64" })?.fix ?? "",
      /imagePlatform=linux\/arm64/,
    );
    assert.match(
      problem([node("a", { labels: { pool: "b" } })], { nodeSelector: { pool: "a" } })?.fix ?? "",
      /nodeSelector=pool=b/,
    );
  });

  it("can be absent if nodes are created on demand and the address is set", () => {
    assert.match(problem([])?.fix ?? "", /nodeAddress=ADDRESS/);
    assert.equal(problem([], { nodeAddress: "lab.example" }), undefined);
  });

  it("do not affect the image's architecture, except with a taint that is only a preference", () => {
    const arm = { architecture: "arm64" };
    const nodes = [
      node("a", { ...taint("gpu"), info: arm }),
      node("b", { ...taint("gpu"), info: arm }),
      node("c"),
    ];
    assert.equal(architecture(usableNodes(nodes, anywhere)), "amd64");
    const prefers = { spec: { taints: [{ key: "spot", effect: "PreferNoSchedule" }] } };
    assert.equal(problem([node("a", prefers)]), undefined);
  });

  it("can have Docker as their runtime", () => {
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "containerd://2.0.0" } })]), false);
    assert.equal(runsDocker([node("a", { info: { containerRuntimeVersion: "docker://27.0.0" } })]), true);
  });
});
