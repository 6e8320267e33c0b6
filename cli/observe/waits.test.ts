import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hopelessSeconds, type Snapshot, slowSeconds, type Wait } from "./snapshot.ts";
import { waitsOf } from "./waits.ts";

/** Objects in every wrong state, recorded from a Kubernetes 1.33 API server. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "waits.test.json"), "utf8"));

const nothing: Snapshot = {
  namespaces: [],
  pods: [],
  events: [],
  claims: [],
  deployments: [],
  statefulSets: [],
  daemonSets: [],
  autoscalers: [],
};

/** The wait of a recorded object, by kind and name. */
const seen = new Map(waitsOf({ ...nothing, ...recorded }).map((one) => [`${one.kind} ${one.name}`, one]));

/** The waits in a snapshot of only these objects. */
function waits(some: Partial<Record<keyof Snapshot, unknown[]>>, now?: number): Wait[] {
  return waitsOf({ ...nothing, ...some } as Snapshot, now);
}

/** An event of the object with this uid, the later the higher its number. */
const event = (uid: string, reason: string, message: string, number = 1, more: object = {}) => ({
  metadata: { resourceVersion: `${number}` },
  involvedObject: { uid },
  type: /Failed/.test(reason) ? "Warning" : "Normal",
  reason,
  message,
  ...more,
});

describe("a wait has the object and the cluster's reason:", () => {
  const told: readonly (readonly [object: string, reason: string, message: RegExp, after?: number])[] = [
    ["Pod badimage", "ImagePullBackOff", /^registry\.example\/none:1: not found$/, hopelessSeconds],
    ["Pod crash", "CrashLoopBackOff", /^container c ended with exit code 3, restarted \d times$/, 30],
    ["Pod initcrash", "CrashLoopBackOff", /^container i ended with exit code 1/, 30],
    ["Pod noexec", "CrashLoopBackOff", /exit code 128 \(StartError\).*stat \/nothere: no such file/, 30],
    ["Pod oom", "CrashLoopBackOff", /exit code 137 \(OOMKilled\)/, 30],
    ["Pod selector", "Unschedulable", /^0\/1 nodes are .* node affinity\/selector\.$/, hopelessSeconds],
    ["Pod toobig", "Unschedulable", /1 Insufficient memory/, hopelessSeconds],
    ["Pod nosecret", "CreateContainerConfigError", /^secret "gone" not found$/, hopelessSeconds],
    ["Pod rootuser", "CreateContainerConfigError", /image will run as root/, hopelessSeconds],
    ["Pod nomount", "FailedMount", /secret "gone" not found/, slowSeconds],
    ["Pod sandbox2", "FailedCreatePodSandBox", /no runtime for "nothandled" is configured/, slowSeconds],
    ["Pod claims", "Unschedulable", /unbound immediate PersistentVolumeClaims/],
    ["Pod notready", "Unhealthy", /Readiness probe failed/],
    ["Deployment quota", "FailedCreate", /exceeded quota: q, requested: .*storage=1Gi/, hopelessSeconds],
    ["Deployment noaccount", "FailedCreate", /serviceaccount "gone" not found/, hopelessSeconds],
    [
      "PersistentVolumeClaim noclass",
      "ProvisioningFailed",
      /storageclass.* "none" not found/,
      hopelessSeconds,
    ],
    ["PersistentVolumeClaim emptyclass", "FailedBinding", /no storage class is set/, hopelessSeconds],
  ];
  for (const [object, reason, message, hopelessAfter] of told) {
    it(`${object}: ${reason}`, () => {
      const wait = seen.get(object);
      assert.ok(wait, [...seen.keys()].join(", "));
      assert.equal(wait.reason, reason);
      assert.match(wait.message, message);
      assert.equal(wait.hopelessAfter, hopelessAfter);
    });
  }

  it("a claim that is bound only when a pod uses it is not a wait", () => {
    assert.equal(seen.get("PersistentVolumeClaim waiter"), undefined);
  });

  it("hopeless waits come before those that can still end", () => {
    const order = [...seen.values()].map(({ state }) => state);
    assert.ok(order.indexOf("not created") < order.indexOf("unbound"));
    assert.ok(order.indexOf("image") < order.indexOf("not ready"));
  });
});

describe("a pod", () => {
  const at = Date.parse("2026-01-01T00:10:00Z");
  const pod = (status: object, metadata: object = {}) => ({
    metadata: { name: "p", namespace: "n", uid: "p", ...metadata },
    spec: { nodeName: "node-1" },
    status,
  });
  const ready = [{ type: "Ready", status: "True" }];
  const unschedulable = (message: string) =>
    pod({
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    });

  it("that is ready waits for nothing", () => {
    assert.deepEqual(waits({ pods: [pod({ phase: "Running", conditions: ready })] }), []);
  });

  const crashed = (startedAt: string) => {
    const lastState = { terminated: { exitCode: 1, reason: "Error" } };
    const container = { name: "c", restartCount: 3, state: { running: { startedAt } }, lastState };
    return pod({ phase: "Running", conditions: ready, containerStatuses: [container] });
  };

  it("that crashes is reported even while it is briefly ready", () => {
    const [wait] = waits({ pods: [crashed("2026-01-01T00:09:55Z")] }, at);
    assert.equal(wait?.state, "crash");
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("that crashed once and has run for a while is not a wait", () => {
    assert.deepEqual(waits({ pods: [crashed("2026-01-01T00:09:00Z")] }, at), []);
  });

  it("that waits for a joining node gets minutes", () => {
    const after = (taint: string) =>
      waits({ pods: [unschedulable(`1 node(s) had untolerated taint {${taint}}.`)] })[0]?.hopelessAfter;
    assert.equal(after("node.kubernetes.io/not-ready: "), slowSeconds);
    assert.equal(after("dedicated: gpu"), hopelessSeconds);
  });

  it("for which an autoscaler adds a node is not given up", () => {
    const events = [
      event("p", "FailedScheduling", "0/1", 1),
      event("p", "TriggeredScaleUp", "pod triggered scale-up: [{pool 1->2}]", 2),
    ];
    const [wait] = waits({ pods: [unschedulable("0/1 nodes are available: 1 Insufficient cpu.")], events });
    assert.equal(wait?.reason, "TriggeredScaleUp");
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("without a scheduler, or with a scheduling gate, says so", () => {
    assert.match(waits({ pods: [pod({ phase: "Pending" })] })[0]?.message ?? "", /no scheduler/);
    const gated = [{ type: "PodScheduled", status: "False", reason: "SchedulingGated", message: "a gate" }];
    const [wait] = waits({ pods: [pod({ phase: "Pending", conditions: gated })] });
    assert.equal(wait?.reason, "SchedulingGated");
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("that was evicted counts only until another pod replaces it", () => {
    const owner = { ownerReferences: [{ uid: "rs" }] };
    const evicted = pod(
      { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." },
      owner,
    );
    assert.equal(waits({ pods: [evicted] })[0]?.reason, "Evicted");
    const next = pod({ phase: "Running", conditions: ready }, { ...owner, name: "p2", uid: "p2" });
    assert.deepEqual(waits({ pods: [evicted, next] }), []);
  });

  it("that does not end in time says what can block it", () => {
    const deleted = pod(
      { phase: "Running", conditions: ready },
      { deletionTimestamp: "2026-01-01T00:09:00Z", finalizers: ["example.com/keep"] },
    );
    const [wait] = waits({ pods: [deleted] }, at);
    assert.match(
      wait?.message ?? "",
      /60 s ago, on the node node-1; its finalizers block the deletion: example\.com\/keep/,
    );
    assert.deepEqual(waits({ pods: [deleted] }, at - 50_000), []);
  });

  it("whose image is pulled says which", () => {
    const creating = pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] });
    const message = 'Pulling image "grafana/loki:2.9.8"';
    const events = [event("p", "FailedMount", "not yet", 1), event("p", "Pulling", message, 2)];
    const [wait] = waits({ pods: [creating], events });
    assert.equal(wait?.message, message);
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("has the registry's error even if only an event contains it", () => {
    const backOff = { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } };
    const status = { phase: "Pending", containerStatuses: [{ name: "c", restartCount: 0, state: backOff }] };
    const message =
      'Failed to pull image "x": rpc error: code = Unknown desc = failed to pull and unpack image "x": failed to copy: httpReadSeeker: failed open: unexpected status code 429 Too Many Requests';
    const events = [event("p", "Failed", message)];
    const [wait] = waits({ pods: [pod(status)], events });
    assert.match(wait?.message ?? "", /429 Too Many Requests$/);
  });
});

describe("a claim without a volume", () => {
  const unbound = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: no";
  const claim = {
    metadata: { name: "data", namespace: "n", uid: "c" },
    spec: { storageClassName: "fast" },
    status: { phase: "Pending" },
  };
  const pod = {
    metadata: { name: "p", namespace: "n", uid: "p" },
    spec: { volumes: [{ name: "config" }, { name: "v", persistentVolumeClaim: { claimName: "data" } }] },
    status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: unbound }] },
  };
  const ofClaim = (number: number, reason: string, message: string, component?: string) =>
    event("c", reason, message, number, {
      metadata: { namespace: "n", resourceVersion: `${number}` },
      involvedObject: { kind: "PersistentVolumeClaim", namespace: "n", name: "data", uid: "c" },
      source: { component: component ?? "persistentvolume-controller" },
    });
  const waiting = "Waiting for a volume to be created either by the external provisioner 'none.example'";
  const noPlugin = "no volume plugin matched name: kubernetes.io/none";
  const consumer = ofClaim(1, "WaitForFirstConsumer", "waiting for first consumer to be created");
  const told = (...events: object[]) =>
    waits({ claims: [claim], pods: [pod], events }).map(({ kind, reason, message, hopelessAfter }) =>
      [kind, reason, message, hopelessAfter].join(" | "),
    );

  it("says which provisioner it waits for, and so does its pod", () => {
    assert.deepEqual(told(consumer, ofClaim(2, "ExternalProvisioning", waiting)), [
      `PersistentVolumeClaim | ExternalProvisioning | ${waiting} | ${slowSeconds}`,
      `Pod | ExternalProvisioning | claim data: ${waiting} | `,
    ]);
  });

  it("says why its provisioner failed, and so does its pod", () => {
    assert.deepEqual(told(consumer, ofClaim(2, "ProvisioningFailed", noPlugin)), [
      `PersistentVolumeClaim | ProvisioningFailed | ${noPlugin} | ${hopelessSeconds}`,
      `Pod | ProvisioningFailed | claim data: ${noPlugin} | `,
    ]);
  });

  it("says why an external provisioner failed, even while it tries again", () => {
    const failed = ofClaim(2, "ProvisioningFailed", "disk quota exceeded", "none.example");
    const again = ofClaim(3, "Provisioning", "External provisioner is provisioning volume", "none.example");
    const [first] = told(consumer, failed, again, ofClaim(4, "ExternalProvisioning", waiting));
    assert.equal(first, `PersistentVolumeClaim | ProvisioningFailed | disk quota exceeded | ${slowSeconds}`);
  });

  it("no longer reports a failure whose cause is gone", () => {
    const missing = ofClaim(2, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found');
    assert.match(told(missing, ofClaim(3, "ExternalProvisioning", waiting))[0] ?? "", /'none\.example'/);
  });

  it("leaves the scheduler's message if its events say nothing more", () => {
    assert.match(told(consumer)[0] ?? "", /unbound immediate PersistentVolumeClaims/);
    assert.match(waits({ pods: [pod] })[0]?.message ?? "", /unbound immediate PersistentVolumeClaims/);
  });
});

describe("a workload", () => {
  const deployment = (status: object) => ({
    metadata: { name: "d", namespace: "n", uid: "d", generation: 2 },
    spec: { replicas: 2 },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
  });
  const daemonSet = (desiredNumberScheduled: number) => ({
    metadata: { name: "ds", namespace: "n", uid: "ds", generation: 1 },
    status: { observedGeneration: 1, desiredNumberScheduled, currentNumberScheduled: 0 },
  });

  it("that has all its pods waits for nothing", () => {
    assert.deepEqual(waits({ deployments: [deployment({})] }), []);
  });

  it("whose pods are being replaced is not up", () => {
    const incomplete = [
      { observedGeneration: 1 },
      { updatedReplicas: 1 },
      { replicas: 3 },
      { availableReplicas: 1 },
    ];
    for (const status of incomplete) {
      const [wait] = waits({ deployments: [deployment(status)] });
      assert.equal(wait?.state, "rolling out", JSON.stringify(status));
    }
  });

  it("without conditions gets the refusal of its pods from an event", () => {
    const daemonSets = [daemonSet(2)];
    const message = 'pods "ds-" is forbidden: violates PodSecurity "baseline:latest": hostPath volumes';
    const events = [event("ds", "FailedCreate", message)];
    const [wait] = waits({ daemonSets, events });
    assert.equal(wait?.reason, "FailedCreate");
    assert.match(wait.message, /violates PodSecurity/);
  });

  it("that selects no node is complete", () => {
    const daemonSets = [daemonSet(0)];
    assert.deepEqual(waits({ daemonSets }), []);
  });

  it("that scales without a metrics API is reported, but does not block", () => {
    const message = "unable to get metrics for resource cpu: (get pods.metrics.k8s.io)";
    const condition = { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message };
    const [wait] = waits({
      autoscalers: [{ metadata: { name: "h", namespace: "n" }, status: { conditions: [condition] } }],
    });
    assert.equal(wait?.harmless, true);
    assert.match(wait.message, /pods\.metrics\.k8s\.io/);
  });
});

describe("a namespace that is being deleted", () => {
  const waitOf = (conditions: object[], more: object = {}) => {
    const metadata = { name: "n", deletionTimestamp: "2026-01-01T00:00:00Z", ...more };
    return waits({ namespaces: [{ metadata, status: { phase: "Terminating", conditions } }] })[0];
  };
  const condition = (type: string, message: string, status = "True") => ({ type, status, message });

  it("names the API service whose backend is gone", () => {
    const message = "Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion";
    const wait = waitOf([condition("NamespaceDeletionDiscoveryFailure", message)]);
    assert.match(wait?.message ?? "", /metrics\.k8s\.io\/v1beta1/);
    assert.equal(wait?.hopelessAfter, hopelessSeconds);
  });

  it("names the finalizer that blocks it, and its resource", () => {
    const wait = waitOf([
      condition("NamespaceDeletionDiscoveryFailure", "All resources successfully discovered", "False"),
      condition("NamespaceContentRemaining", "configmaps. has 1 resource instances"),
      condition("NamespaceFinalizersRemaining", "example.com/keep in 1 resource instances"),
    ]);
    assert.match(wait?.message ?? "", /example\.com\/keep in 1 .*; .*configmaps\. has 1/);
    assert.equal(wait?.hopelessAfter, hopelessSeconds);
  });

  it("gets more time for Kubernetes' own finalizers and for slow deletions", () => {
    const protection =
      "Some content has finalizers remaining: kubernetes.io/pvc-protection in 2 resource instances";
    assert.equal(waitOf([condition("NamespaceFinalizersRemaining", protection)])?.hopelessAfter, slowSeconds);
    const pods = "Some resources are remaining: pods. has 3 resource instances";
    assert.equal(waitOf([condition("NamespaceContentRemaining", pods)])?.hopelessAfter, slowSeconds);
    assert.equal(waitOf([])?.hopelessAfter, undefined);
  });

  it("names its own finalizers", () => {
    const wait = waitOf([], { finalizers: ["controller.cattle.io/namespace-auth"] });
    assert.match(wait?.message ?? "", /controller\.cattle\.io\/namespace-auth/);
  });
});
