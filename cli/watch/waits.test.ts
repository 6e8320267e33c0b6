import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hopelessProblem } from "./describe.ts";
import type { Snapshot } from "./snapshot.ts";
import { hopelessSeconds, slowSeconds, type Wait } from "./wait.ts";
import { waitsOf } from "./waits.ts";

/** Objects in every wrong state, recorded from a Kubernetes 1.33 API server. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "recorded.json"), "utf8"));

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

const podNamed = (name: string) =>
  recorded.pods.find((one: { metadata: { name: string } }) => one.metadata.name === name);

describe("a wait has the object and the cluster's reason:", () => {
  const told: readonly [
    object: string,
    reason: string,
    message: RegExp,
    hopelessAfter: number | undefined,
  ][] = [
    ["Pod badimage", "ImagePullBackOff", /^registry\.example\/none:1: not found$/, hopelessSeconds],
    ["Pod crash", "CrashLoopBackOff", /^container c ended with exit code 3, restarted \d times$/, 30],
    ["Pod initcrash", "CrashLoopBackOff", /^container i ended with exit code 1/, 30],
    ["Pod noexec", "CrashLoopBackOff", /exit code 128 \(StartError\).*stat \/nothere: no such file/, 30],
    ["Pod oom", "CrashLoopBackOff", /exit code 137 \(OOMKilled\)/, 30],
    [
      "Pod selector",
      "Unschedulable",
      /^0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector\.$/,
      hopelessSeconds,
    ],
    ["Pod toobig", "Unschedulable", /1 Insufficient memory/, hopelessSeconds],
    ["Pod nosecret", "CreateContainerConfigError", /^secret "gone" not found$/, hopelessSeconds],
    ["Pod rootuser", "CreateContainerConfigError", /image will run as root/, hopelessSeconds],
    ["Pod nomount", "FailedMount", /secret "gone" not found/, slowSeconds],
    ["Pod sandbox2", "FailedCreatePodSandBox", /no runtime for "nothandled" is configured/, slowSeconds],
    ["Pod claims", "Unschedulable", /unbound immediate PersistentVolumeClaims/, undefined],
    ["Pod notready", "Unhealthy", /Readiness probe failed/, undefined],
    [
      "Deployment quota",
      "FailedCreate",
      /exceeded quota: q, requested: requests\.ephemeral-storage=1Gi/,
      hopelessSeconds,
    ],
    ["Deployment noaccount", "FailedCreate", /serviceaccount "gone" not found/, hopelessSeconds],
    [
      "PersistentVolumeClaim noclass",
      "ProvisioningFailed",
      /storageclass\.storage\.k8s\.io "none" not found/,
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

  it("but a claim that is bound when a pod uses it is not a wait", () => {
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
  const running = (startedAt: string, restartCount: number) => ({
    name: "c",
    restartCount,
    state: { running: { startedAt } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  });
  const unschedulable = (message: string) =>
    pod({
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    });

  it("that is ready waits for nothing", () => {
    assert.deepEqual(waits({ pods: [pod({ phase: "Running", conditions: ready })] }), []);
  });

  it("that crashes is reported even while it is briefly ready", () => {
    const status = {
      phase: "Running",
      conditions: ready,
      containerStatuses: [running("2026-01-01T00:09:55Z", 3)],
    };
    const [wait] = waits({ pods: [pod(status)] }, at);
    assert.equal(wait?.state, "crash");
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("that crashed once and has run for a while is not a wait", () => {
    const status = {
      phase: "Running",
      conditions: ready,
      containerStatuses: [running("2026-01-01T00:09:00Z", 3)],
    };
    assert.deepEqual(waits({ pods: [pod(status)] }, at), []);
  });

  it("that waits for a joining node gets minutes", () => {
    const taint =
      "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.";
    assert.equal(waits({ pods: [unschedulable(taint)] })[0]?.hopelessAfter, slowSeconds);
    const own = "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}.";
    assert.equal(waits({ pods: [unschedulable(own)] })[0]?.hopelessAfter, hopelessSeconds);
  });

  it("that a node refuses is helped by a toleration, except if the node is full", () => {
    const fix = (taint: string) => {
      const [wait] = waits({ pods: [unschedulable(`1 node(s) had untolerated taint {${taint}}.`)] });
      assert.ok(wait);
      return hopelessProblem({ ...wait, seconds: 60, lines: [] }, "server").fix;
    };
    assert.match(fix("dedicated: gpu"), /--config tolerations=dedicated=gpu$/);
    assert.match(fix("node.kubernetes.io/disk-pressure: "), /^kubectl describe nodes /);
  });

  it("for which an autoscaler adds a node is not given up", () => {
    const events = [
      {
        metadata: {},
        involvedObject: { uid: "p" },
        reason: "FailedScheduling",
        type: "Warning",
        message: "0/1",
      },
      {
        metadata: {},
        involvedObject: { uid: "p" },
        reason: "TriggeredScaleUp",
        message: "pod triggered scale-up: [{pool 1->2}]",
      },
    ];
    const [wait] = waits({ pods: [unschedulable("0/1 nodes are available: 1 Insufficient cpu.")], events });
    assert.equal(wait?.reason, "TriggeredScaleUp");
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("without a scheduler, or with a scheduling gate, says so", () => {
    assert.match(waits({ pods: [pod({ phase: "Pending" })] })[0]?.message ?? "", /no scheduler/);
    const gated = [
      {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ];
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
    const creating = podNamed("nomount");
    const events = [
      {
        metadata: { resourceVersion: "1" },
        involvedObject: { uid: creating.metadata.uid },
        reason: "FailedMount",
        type: "Warning",
        message: "not yet",
        lastTimestamp: "2026-01-01T00:00:00Z",
      },
      {
        metadata: { resourceVersion: "2" },
        involvedObject: { uid: creating.metadata.uid },
        reason: "Pulling",
        type: "Normal",
        message: 'Pulling image "grafana/loki:2.9.8"',
        lastTimestamp: "2026-01-01T00:00:00Z",
      },
    ];
    const [wait] = waits({ pods: [creating], events });
    assert.equal(wait?.message, 'Pulling image "grafana/loki:2.9.8"');
    assert.equal(wait.hopelessAfter, undefined);
  });

  it("has the registry's error even if only an event has it", () => {
    const backOff = { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } };
    const status = { phase: "Pending", containerStatuses: [{ name: "c", restartCount: 0, state: backOff }] };
    const message =
      'Failed to pull image "x": rpc error: code = Unknown desc = failed to pull and unpack image "x": failed to copy: httpReadSeeker: failed open: unexpected status code 429 Too Many Requests';
    const events = [
      { metadata: {}, involvedObject: { uid: "p" }, reason: "Failed", type: "Warning", message },
    ];
    assert.match(waits({ pods: [pod(status)], events })[0]?.message ?? "", /429 Too Many Requests$/);
  });
});

describe("a claim without a volume", () => {
  const claim = {
    metadata: { name: "data", namespace: "n", uid: "c" },
    spec: { storageClassName: "fast" },
    status: { phase: "Pending" },
  };
  const pod = {
    metadata: { name: "p", namespace: "n", uid: "p" },
    spec: { volumes: [{ name: "config" }, { name: "v", persistentVolumeClaim: { claimName: "data" } }] },
    status: {
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message:
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: no",
        },
      ],
    },
  };
  const event = (
    second: number,
    reason: string,
    message: string,
    component = "persistentvolume-controller",
  ) => ({
    metadata: { namespace: "n" },
    involvedObject: { kind: "PersistentVolumeClaim", namespace: "n", name: "data", uid: "c" },
    lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    source: { component },
    reason,
    message,
  });
  const waiting = "Waiting for a volume to be created either by the external provisioner 'none.example'";
  const noPlugin = "no volume plugin matched name: kubernetes.io/none";
  const consumer = event(
    1,
    "WaitForFirstConsumer",
    "waiting for first consumer to be created before binding",
  );
  const told = (...events: object[]) =>
    waits({ claims: [claim], pods: [pod], events }).map(({ kind, reason, message, hopelessAfter }) =>
      [kind, reason, message, hopelessAfter].join(" | "),
    );

  it("says which provisioner it waits for, and so does its pod", () => {
    assert.deepEqual(told(consumer, event(2, "ExternalProvisioning", waiting)), [
      `PersistentVolumeClaim | ExternalProvisioning | ${waiting} | ${slowSeconds}`,
      `Pod | ExternalProvisioning | claim data: ${waiting} | `,
    ]);
  });

  it("says why its provisioner failed, and so does its pod", () => {
    assert.deepEqual(told(consumer, event(2, "ProvisioningFailed", noPlugin)), [
      `PersistentVolumeClaim | ProvisioningFailed | ${noPlugin} | ${hopelessSeconds}`,
      `Pod | ProvisioningFailed | claim data: ${noPlugin} | `,
    ]);
  });

  it("says why an external provisioner failed also while it tries again", () => {
    const failed = event(2, "ProvisioningFailed", "disk quota exceeded", "none.example");
    const again = event(3, "Provisioning", "External provisioner is provisioning volume", "none.example");
    const [first] = told(consumer, failed, again, event(4, "ExternalProvisioning", waiting));
    assert.equal(first, `PersistentVolumeClaim | ProvisioningFailed | disk quota exceeded | ${slowSeconds}`);
  });

  it("no longer reports a failure whose cause is gone", () => {
    const missing = event(2, "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found');
    assert.match(told(missing, event(3, "ExternalProvisioning", waiting))[0] ?? "", /'none\.example'/);
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

  it("that has all its pods waits for nothing", () => {
    assert.deepEqual(waits({ deployments: [deployment({})] }), []);
  });

  it("whose pods are being replaced is not up", () => {
    for (const status of [
      { observedGeneration: 1 },
      { updatedReplicas: 1 },
      { replicas: 3 },
      { availableReplicas: 1 },
    ]) {
      assert.equal(
        waits({ deployments: [deployment(status)] })[0]?.state,
        "rolling out",
        JSON.stringify(status),
      );
    }
  });

  it("without conditions gets the refusal of its pods from an event", () => {
    const daemonSets = [
      {
        metadata: { name: "ds", namespace: "n", uid: "ds", generation: 1 },
        status: { observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 0 },
      },
    ];
    const message =
      'Error creating: pods "ds-" is forbidden: violates PodSecurity "baseline:latest": hostPath volumes (volumes "run")';
    const events = [
      { metadata: {}, involvedObject: { uid: "ds" }, reason: "FailedCreate", type: "Warning", message },
    ];
    const [wait] = waits({ daemonSets, events });
    assert.equal(wait?.reason, "FailedCreate");
    assert.match(wait.message, /violates PodSecurity/);
  });

  it("that selects no node is complete", () => {
    const daemonSets = [
      {
        metadata: { name: "ds", generation: 1 },
        status: { observedGeneration: 1, desiredNumberScheduled: 0, currentNumberScheduled: 0 },
      },
    ];
    assert.deepEqual(waits({ daemonSets }), []);
  });

  it("that scales without a metrics API is reported, but does not block", () => {
    const condition = {
      type: "ScalingActive",
      status: "False",
      reason: "FailedGetResourceMetric",
      message:
        "unable to get metrics for resource cpu: the server could not find the requested resource (get pods.metrics.k8s.io)",
    };
    const [wait] = waits({
      autoscalers: [{ metadata: { name: "h", namespace: "n" }, status: { conditions: [condition] } }],
    });
    assert.equal(wait?.harmless, true);
    assert.match(wait.message, /pods\.metrics\.k8s\.io/);
  });
});

describe("a namespace that is being deleted", () => {
  const namespace = (conditions: object[], metadata: object = {}) => ({
    metadata: { name: "n", deletionTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    status: { phase: "Terminating", conditions },
  });
  const condition = (type: string, message: string, status = "True") => ({ type, status, message });

  it("names the API service whose backend is gone", () => {
    const message =
      "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1";
    const [wait] = waits({
      namespaces: [namespace([condition("NamespaceDeletionDiscoveryFailure", message)])],
    });
    assert.match(wait?.message ?? "", /metrics\.k8s\.io\/v1beta1/);
    assert.equal(wait?.hopelessAfter, hopelessSeconds);
  });

  it("names the finalizer that blocks it, and its resource", () => {
    const [wait] = waits({
      namespaces: [
        namespace([
          condition("NamespaceDeletionDiscoveryFailure", "All resources successfully discovered", "False"),
          condition(
            "NamespaceContentRemaining",
            "Some resources are remaining: configmaps. has 1 resource instances",
          ),
          condition(
            "NamespaceFinalizersRemaining",
            "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances",
          ),
        ]),
      ],
    });
    assert.match(wait?.message ?? "", /example\.com\/keep in 1 .*; .*configmaps\. has 1/);
    assert.equal(wait?.hopelessAfter, hopelessSeconds);
  });

  it("gets more time for Kubernetes' own finalizers and for slow deletions", () => {
    for (const conditions of [
      [
        condition(
          "NamespaceFinalizersRemaining",
          "Some content in the namespace has finalizers remaining: kubernetes.io/pvc-protection in 2 resource instances",
        ),
      ],
      [
        condition(
          "NamespaceContentRemaining",
          "Some resources are remaining: pods. has 3 resource instances",
        ),
      ],
    ]) {
      assert.equal(waits({ namespaces: [namespace(conditions)] })[0]?.hopelessAfter, slowSeconds);
    }
    assert.equal(waits({ namespaces: [namespace([])] })[0]?.hopelessAfter, undefined);
  });

  it("names its own finalizers", () => {
    const [wait] = waits({
      namespaces: [namespace([], { finalizers: ["controller.cattle.io/namespace-auth"] })],
    });
    assert.match(wait?.message ?? "", /controller\.cattle\.io\/namespace-auth/);
  });
});
