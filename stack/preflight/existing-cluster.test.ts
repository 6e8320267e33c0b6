import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { cluster, kubeconfigFor, node, serving } from "../../test/fakes.ts";
import { ClusterClient } from "../cluster/client.ts";
import { UserError } from "../errors.ts";
import { makePlan } from "../plan.ts";
import { readSettings } from "../settings/read.ts";
import { admissionOf } from "./cluster-admission.ts";
import { checkClusterRoles, checkNodePorts } from "./cluster-conflicts.ts";
import { surveyCluster } from "./existing-cluster.ts";

function planWith(settings: Record<string, string>) {
  const { configuration, problems } = readSettings({ cluster: "existing", context: "lab", ...settings });
  assert.ok(configuration, problems?.map(({ what }) => what).join());
  return makePlan(configuration, "wrong", "/");
}

/** Surveys a cluster in some situation, and checks that nothing was changed. */
async function survey(situation: Parameters<typeof cluster>[0], settings: Record<string, string> = {}) {
  const { kubeconfig, made } = await cluster(situation);
  try {
    return await surveyCluster(kubeconfig, planWith(settings));
  } finally {
    assert.deepEqual(made, []);
  }
}

const says = (...texts: RegExp[]) => texts;

async function refused(
  situation: Parameters<typeof cluster>[0],
  texts: readonly RegExp[],
  settings: Record<string, string> = {},
): Promise<void> {
  await assert.rejects(survey(situation, settings), (error: Error) => {
    assert.ok(error instanceof UserError, error.stack);
    for (const text of texts) assert.match(error.message, text);
    return true;
  });
}

describe("the checks of an existing cluster report all problems at once:", () => {
  it("nothing, if all requirements are met", async () => {
    const lists = {
      "/apis/storage.k8s.io/v1/storageclasses": [
        { metadata: { name: "a", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } },
      ],
    };
    const {
      admission: _,
      kubeconfig: __,
      ...found
    } = await survey({ lists }, { persistence: "true", maxReplicas: "3", priorityClass: "low" });
    assert.deepEqual(found, {
      nodeAddress: "192.0.2.7",
      architecture: "amd64",
      dockerRuntime: false,
      namespaces: [],
      pullSecret: undefined,
    });
  });

  it("nothing, if a user has exactly the rights that are needed", async () => {
    await survey({ lacks: ["create pods/exec"] });
  });

  it("nothing about a login that takes longer than the cluster may take", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "latency-lab-slow-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const command = join(folder, "login.sh");
    const group = "client.authentication.k8s.io/v1";
    const answer = { kind: "ExecCredential", apiVersion: group, status: { token: "t" } };
    writeFileSync(command, `#!/bin/sh\nsleep 1\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
    const { kubeconfig } = await cluster();
    const config = parse(kubeconfig);
    config.users[0].user = { exec: { apiVersion: group, command, interactiveMode: "Never" } };
    // The limit of the cluster's answers, half of the login's time.
    const after = AbortSignal.timeout.bind(AbortSignal);
    t.mock.method(AbortSignal, "timeout", (limit: number) => after(Math.min(limit, 500)));
    assert.equal((await surveyCluster(stringify(config), planWith({}))).nodeAddress, "192.0.2.7");
  });

  it("a release of the same name in another namespace", () =>
    refused(
      {
        lists: {
          "/apis/rbac.authorization.k8s.io/v1/clusterroles": [
            {
              metadata: {
                name: "loki-wrong-promtail",
                annotations: {
                  "meta.helm.sh/release-name": "loki-wrong",
                  "meta.helm.sh/release-namespace": "logs",
                },
              },
            },
          ],
        },
      },
      says(
        /the cluster role loki-wrong-promtail already exists/,
        /the release loki-wrong in the namespace logs/,
        /--config name=latency-lab-wrong-2/,
      ),
    ));

  it("a policy that refuses the namespaces", () =>
    refused(
      { refuses: "ValidatingAdmissionPolicy 'team' denied request: a namespace needs the label team" },
      says(
        /the cluster refuses the namespace latency-lab-wrong\n/,
        /a namespace needs the label team/,
        /--config labels=KEY=VALUE/,
      ),
    ));

  it("a webhook that does not answer", () =>
    refused(
      { refuses: 'failed calling webhook "validate.example": failed to call webhook: connection refused' },
      says(/the cluster refuses the namespace/, /fix: kubectl get validatingwebhookconfigurations,/),
    ));

  it("a server that answers every request, but is not an API server", async () => {
    const url = await serving((_, response) => {
      response.setHeader("Content-Type", "text/html").end("<html>Please log in</html>");
    });
    await assert.rejects(
      surveyCluster(kubeconfigFor(url), planWith({})),
      /context = "lab": the cluster does not answer/,
    );
  });

  it("a namespace that is being deleted", () =>
    refused(
      {
        namespaces: [
          {
            metadata: { name: "latency-lab-wrong", deletionTimestamp: "2026-01-01T00:00:00Z" },
            status: {
              conditions: [{ type: "X", status: "True", message: "finalizers remain: a.example/b" }],
            },
          },
        ],
      },
      says(/the namespace latency-lab-wrong is being deleted/, /finalizers remain: a\.example\/b/),
    ));

  it("persistence without a default StorageClass", () =>
    refused(
      { lists: { "/apis/storage.k8s.io/v1/storageclasses": [{ metadata: { name: "slow" } }] } },
      says(/has no default StorageClass/, /the cluster has: slow/, /--config storageClass=slow/),
      { persistence: "true" },
    ));

  it("no default StorageClass only if neither of its annotations names one", async () => {
    const annotations = { "storageclass.beta.kubernetes.io/is-default-class": "true" };
    const lists = { "/apis/storage.k8s.io/v1/storageclasses": [{ metadata: { name: "old", annotations } }] };
    await survey({ lists }, { persistence: "true" });
  });

  it("a missing StorageClass", () =>
    refused({}, says(/storageClass = "fast" is not in the cluster/, /no StorageClass/), {
      persistence: "true",
      storageClass: "fast",
    }));

  it("an autoscaler without a metrics API", () =>
    refused(
      { answers: { "/apis/metrics.k8s.io/v1beta1": 404 } },
      says(/maxReplicas = 3 needs the cluster's metrics API/, /has no metrics\.k8s\.io/, /metrics-server/),
      { maxReplicas: "3" },
    ));

  it("a metrics API that is down", () =>
    refused(
      { answers: { "/apis/metrics.k8s.io/v1beta1": 503 } },
      says(/metrics\.k8s\.io returned 503/, /kubectl get apiservice/),
      { maxReplicas: "3" },
    ));

  it("a cluster that is too old", () =>
    refused(
      { version: { major: "1", minor: "21+", gitVersion: "v1.21.14-eks" } },
      says(/the cluster is Kubernetes v1\.21\.14-eks/, /1\.23 or later/),
    ));

  it("nodes that all have a taint", () =>
    refused(
      { nodes: [node("a", { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } })] },
      says(
        /none of the cluster's nodes \(1\) can run the pods/,
        /the taint gpu=yes:NoSchedule/,
        /--config tolerations=gpu=yes:NoSchedule/,
      ),
    ));

  it("a missing PriorityClass and a missing pull secret", () =>
    refused(
      {
        answers: {
          "/apis/scheduling.k8s.io/v1/priorityclasses/low": 404,
          "/api/v1/namespaces/default/secrets/registry": 404,
        },
      },
      says(
        /priorityClass = "low" is not in the cluster/,
        /imagePullSecret = "default\/registry" can't be used/,
      ),
      { priorityClass: "low", imagePullSecret: "default/registry" },
    ));
});

describe("the pods of a new namespace", () => {
  const admit = async (
    refuses: (object: string) => string | undefined,
    namespace: string,
    settings: Record<string, string> = {},
  ) => {
    const { kubeconfig } = await cluster({ refuses });
    await admissionOf(new ClusterClient(kubeconfig), planWith(settings), [])(namespace);
  };
  const monitoring = "latency-lab-wrong-monitoring";
  const noNodes = (object: string) => (object.includes("hostPath") ? "no hostPath here" : undefined);

  it("are checked with the settings' fields", async () => {
    const seen: string[] = [];
    const refuses = (object: string) => void seen.push(object);
    await admit(refuses, "latency-lab-wrong", { labels: "team=a", tolerations: "x", priorityClass: "low" });
    const { metadata, spec } = JSON.parse(seen[0] ?? "");
    assert.equal(metadata.labels.team, "a");
    assert.deepEqual([spec.tolerations, spec.priorityClassName], [[{ key: "x", operator: "Exists" }], "low"]);
  });

  it("have the setting that satisfies the policy as the fix", async () => {
    await assert.rejects(admit(noNodes, monitoring), (error: Error) => {
      assert.match(
        error.message,
        /refuses the pods of promtail.*\n {2}why: no hostPath here\n.*nodeAccess=false/,
      );
      assert.doesNotMatch(error.message, /grafana/);
      return true;
    });
    await admit(noNodes, monitoring, { nodeAccess: "false" });
    const noLimits = (object: string) => (object.includes('"limits"') ? undefined : "limits are missing");
    await assert.rejects(admit(noLimits, monitoring), /limits are missing\n.*resources='\*=/);
    await assert.rejects(
      admit(() => "never", "latency-lab-wrong"),
      /never\n.*labels=KEY=VALUE/,
    );
  });

  it("are not reported if a webhook does not support dry runs", () =>
    admit(() => 'admission webhook "a.example" does not support dry run', monitoring));

  it("are not checked in an existing namespace, where they would count twice in a quota", async () => {
    const { kubeconfig } = await cluster({ refuses: () => "exceeded quota" });
    await admissionOf(new ClusterClient(kubeconfig), planWith({}), [monitoring])(monitoring);
  });
});

const { configuration } = readSettings({ prometheusNodePort: "32767" });
assert.ok(configuration);
const plan = makePlan(configuration, "dev", "/");

async function problemsOf(check: typeof checkClusterRoles, lists: Record<string, object[]>) {
  const { kubeconfig } = await cluster({ lists });
  try {
    await check(new ClusterClient(kubeconfig), plan);
    return [];
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.problems;
  }
}

describe("NodePorts of other services", () => {
  const taken = (spec: object) =>
    problemsOf(checkNodePorts, {
      "/api/v1/services": [{ metadata: { namespace: "shop", name: "front" }, spec }],
    });

  it("are in use by a service's ports and by its health check", async () => {
    const [port] = await taken({ ports: [{ nodePort: 30300 }] });
    assert.match(port?.fix ?? "", /grafanaNodePort=30301/);
    const [health] = await taken({ healthCheckNodePort: 31904 });
    assert.match(health?.what ?? "", /serverNodePort = 31904 is in use/);
  });

  it("are free for TCP if only UDP uses them, and never suggested above the range", async () => {
    assert.deepEqual(await taken({ ports: [{ nodePort: 30300, protocol: "UDP" }] }), []);
    const [last] = await taken({ ports: [{ nodePort: 32767 }] });
    assert.match(last?.fix ?? "", /prometheusNodePort=32766/);
  });
});

describe("cluster roles of the chart's names", () => {
  const role = (name: string, annotations = {}) => ({ metadata: { name, annotations } });
  const of = (release: string, namespace: string) => ({
    "meta.helm.sh/release-name": release,
    "meta.helm.sh/release-namespace": namespace,
  });
  const path = "/apis/rbac.authorization.k8s.io/v1/clusterrole";

  it("are refused only if they belong to another release", async () => {
    const own = role("loki-promtail", of("loki", "latency-lab-monitoring"));
    const other = role("loki-distributed", of("loki", "logs"));
    assert.deepEqual(await problemsOf(checkClusterRoles, { [`${path}s`]: [own, other] }), []);
    const taken = role("loki-promtail", of("loki", "logs"));
    const [theirs] = await problemsOf(checkClusterRoles, { [`${path}s`]: [taken] });
    assert.match(theirs?.why ?? "", /the release loki in the namespace logs/);
    assert.match(theirs?.fix ?? "", /name=latency-lab-2/);
    const byHand = [role("loki-grafana-clusterrolebinding")];
    const [none] = await problemsOf(checkClusterRoles, { [`${path}bindings`]: byHand });
    assert.match(none?.why ?? "", /belongs to no Helm release/);
  });
});
