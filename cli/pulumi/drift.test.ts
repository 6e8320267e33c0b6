import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import type { Plan } from "../../stack/plan.ts";
import { api } from "../../test/fakes.ts";
import { repairDrift } from "./drift.ts";
import { removeOtherVersions } from "./helm-release.ts";
import { State } from "./state.ts";

const plan = {
  settings: { cluster: "existing" },
  names: { monitoringNamespace: "monitoring", release: "loki" },
} as unknown as Plan;

const policy = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "only-itself", namespace: "monitoring" },
  spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] },
};
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "admin", namespace: "monitoring" },
  data: { password: { "4dabf18193072939515e22adb298388d": "secret", ciphertext: "…" } },
  type: "Opaque",
};
const role = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "loki-reader" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
};
const config = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "loki-config" },
  data: { "loki.yaml": "auth_enabled: false\n" },
};

const set = (readyReplicas: number) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: `loki-${readyReplicas}` },
  status: { readyReplicas },
});

const paths: Readonly<Record<string, string>> = {
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/monitoring/networkpolicies",
  Secret: "/api/v1/namespaces/monitoring/secrets",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ConfigMap: "/api/v1/namespaces/monitoring/configmaps",
  StatefulSet: "/apis/apps/v1/namespaces/monitoring/statefulsets",
  PodDisruptionBudget: "/apis/policy/v1/namespaces/monitoring/poddisruptionbudgets",
};
const resources: Readonly<Record<string, readonly [name: string, kind: string, namespaced: boolean][]>> = {
  "/api/v1": [
    ["configmaps", "ConfigMap", true],
    ["secrets", "Secret", true],
  ],
  "/apis/networking.k8s.io/v1": [["networkpolicies", "NetworkPolicy", true]],
  "/apis/policy/v1": [["poddisruptionbudgets", "PodDisruptionBudget", true]],
  "/apis/rbac.authorization.k8s.io/v1": [["clusterroles", "ClusterRole", false]],
};

type Fields = { kind: string; metadata: { name: string; finalizers?: string[] }; [key: string]: unknown };

/** A rough server-side apply: it replaces lists. */
function applied(live: unknown, wanted: unknown): unknown {
  if (!isFields(live) || !isFields(wanted)) return wanted;
  const entries = Object.entries(wanted).map(([key, value]) => [key, applied(live[key], value)]);
  return { ...live, ...Object.fromEntries(entries) };
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A cluster with some objects and a Helm release of others, and all writes to it. */
async function clusterWith(
  all: readonly Fields[],
  release: readonly object[] | undefined,
  status = "deployed",
  chart = "loki-stack",
) {
  const written: { method: string; path: string; body: Fields }[] = [];
  const objects = new Map(all.map((one) => [`${paths[one.kind]}/${one.metadata.name}`, one]));
  const manifest = release?.map((one) => `---\n${stringify(one)}`).join("");
  const packed = gzipSync(JSON.stringify({ manifest, chart: { metadata: { name: chart } } }));
  const record = {
    metadata: { name: "sh.helm.release.v1.loki.v1", labels: { version: "1", status } },
    data: { release: Buffer.from(packed.toString("base64")).toString("base64") },
  };
  const kubeconfig = await api(({ method, path, isDryRun, body: text }) => {
    const kinds = resources[path]?.map(([name, kind, namespaced]) => ({ name, kind, namespaced, verbs: [] }));
    if (kinds) return [200, { kind: "APIResourceList", groupVersion: "v1", resources: kinds }];
    const found = objects.get(path);
    if (method !== "GET") {
      const body = JSON.parse(text || "null") as Fields;
      if (isDryRun) return [200, applied(found, { ...body, metadata: found?.metadata })];
      written.push({ method, path, body });
      if (method !== "DELETE") return [200, body];
      if (!found?.metadata.finalizers) objects.delete(path);
      return [found ? 200 : 404, { kind: "Status", apiVersion: "v1" }];
    }
    if (path === paths.Secret) return [200, { kind: "SecretList", items: manifest ? [record] : [] }];
    if (path === paths.StatefulSet) {
      const items = [...objects.values()].filter(({ kind }) => kind === "StatefulSet");
      return [200, { kind: "StatefulSetList", apiVersion: "apps/v1", items }];
    }
    return found ? [200, found] : [404, { kind: "Status", code: 404, message: "not found" }];
  });
  return { kubeconfig, written };
}

/** Repairs it. Returns the URNs in the new state, with marks on unfinished ones; undefined if the state is unchanged. */
async function repair({ kubeconfig }: { kubeconfig: string }): Promise<string[] | undefined> {
  const resources = [
    { urn: "policy", type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", inputs: policy },
    { urn: "secret", type: "kubernetes:core/v1:Secret", inputs: secret },
    { urn: "release", type: "kubernetes:helm.sh/v3:Release", inputs: {} },
  ];
  const state = await repairDrift(plan, new State({ version: 3, deployment: { resources } }), kubeconfig);
  return state?.resources.map(({ urn, initErrors }) => (initErrors ? `${urn}: ${initErrors}` : urn));
}

describe("an object of the last run in a cluster", () => {
  const there = [policy, { ...secret, data: { password: "YWJj" } }, role, config];
  const without = (kind: string) => there.filter((one) => one.kind !== kind);

  it("is not touched if it is unchanged", async () => {
    const cluster = await clusterWith(there, [role, config]);
    assert.equal(await repair(cluster), undefined);
    assert.deepEqual(cluster.written, []);
  });

  it("is not touched if a controller changes it during the comparison", async () => {
    let requests = 0;
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "loki" },
      get status() {
        return { disruptionsAllowed: ++requests };
      },
    };
    const revision = () => String(Math.min(++requests, 2));
    const revisedOnce = {
      ...role,
      metadata: {
        ...role.metadata,
        get annotations() {
          return { revision: revision() };
        },
      },
    };
    for (const [one, wanted] of [
      [budget, { ...budget, status: undefined }],
      [revisedOnce, role],
    ] as const) {
      requests = 0;
      const cluster = await clusterWith([...without("ClusterRole"), one], [wanted, config]);
      assert.equal(await repair(cluster), undefined);
      assert.deepEqual(cluster.written, [], one.kind);
    }
  });

  it("of Pulumi that was deleted is removed from the state, so that Pulumi creates it again", async () => {
    const cluster = await clusterWith(without("Secret"), [role, config]);
    assert.deepEqual(await repair(cluster), ["policy", "release"]);
    assert.deepEqual(cluster.written, []);
  });

  it("of Pulumi that was changed is restored exactly", async () => {
    const open = { ...policy, spec: { podSelector: {}, ingress: [{}] } };
    const cluster = await clusterWith([...without("NetworkPolicy"), open], [role, config]);
    assert.equal(await repair(cluster), undefined);
    const [patch] = cluster.written;
    assert.equal(patch?.method, "PATCH");
    assert.deepEqual(patch?.body.spec, policy.spec);
  });

  it("of the chart is created again if it was deleted, and patched if it was changed", async () => {
    const changed = { ...config, data: { "loki.yaml": "auth_enabled: true\n" } };
    const cluster = await clusterWith(
      [...without("ConfigMap").filter(({ kind }) => kind !== "ClusterRole"), changed],
      [role, config],
    );
    assert.equal(await repair(cluster), undefined);
    const made = cluster.written.find(({ method }) => method === "POST");
    assert.equal(made?.path, paths.ClusterRole);
    assert.deepEqual(made?.body.rules, role.rules);
    const patched = cluster.written.find(({ method }) => method === "PATCH");
    assert.equal(patched?.path, `${paths.ConfigMap}/loki-config`);
    assert.deepEqual(patched?.body.data, config.data);
  });

  it("is removed from the state if Helm has no record of the release", async () => {
    const cluster = await clusterWith(there, undefined);
    assert.deepEqual(await repair(cluster), ["policy", "secret"]);
  });

  for (const status of ["failed", "pending-upgrade"]) {
    it(`is upgraded and waited for if Helm's record of the release is ${status}`, async () => {
      const cluster = await clusterWith(there, [role, config], status);
      assert.deepEqual(await repair(cluster), ["policy", "secret", `release: the release is ${status}`]);
    });
  }

  it("is deleted if it is a StatefulSet without a ready pod in an unfinished release, for Helm to create", async () => {
    const cluster = await clusterWith([...there, set(0), set(1)], [role, config], "failed");
    await repair(cluster);
    const deleted = cluster.written.filter(({ method }) => method === "DELETE").map(({ path }) => path);
    assert.deepEqual(deleted, [`${paths.StatefulSet}/loki-0`]);
  });
});

describe("a release of the other versions that a killed run left", () => {
  const maintained = { ...plan, settings: { ...plan.settings, versions: "maintained" } } as Plan;

  /** Runs the repair, and returns what it says and the requests that change something. */
  async function repaired(chart: string, status: string, isInState: boolean, finalizers?: string[]) {
    const object = { ...config, metadata: { ...config.metadata, ...(finalizers ? { finalizers } : {}) } };
    const cluster = await clusterWith([object], [config], status, chart);
    const said = await removeOtherVersions(cluster.kubeconfig, maintained, isInState, 1);
    return { said, changes: cluster.written.map(({ method, path }) => `${method} ${path}`) };
  }

  it("is deleted object by object, until nothing is left", async () => {
    const { said, changes } = await repaired("loki-stack", "uninstalling", true);
    const path = `${paths.ConfigMap}/loki-config`;
    assert.deepEqual(changes, [`DELETE ${path}`, `DELETE ${path}`]);
    assert.match(said.join(), /loki-stack/);
  });

  it("stops the run if it stays, and says which object waits for what", async () => {
    await assert.rejects(
      repaired("loki-stack", "uninstalling", true, ["example.com/backup"]),
      /ConfigMap monitoring\/loki-config of the release of loki-stack is not gone[\s\S]*finalizers: example\.com\/backup/,
    );
  });

  it("is left to Pulumi if it is intact, and Helm adopts one of the same versions", async () => {
    assert.deepEqual(await repaired("loki-stack", "deployed", true), { said: [], changes: [] });
    const same = await repaired("latency-lab-monitoring", "pending-install", false);
    assert.deepEqual(same, { said: [], changes: [] });
  });
});
