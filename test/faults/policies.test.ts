// The preflight checks against a real API server with policies, quotas and limited users.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  CoreV1Api,
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
} from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { eventually } from "../../cli/clients/eventually.ts";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { readContext } from "../../stack/cluster/kubeconfig.ts";
import { makePlan, namespaceMetadata } from "../../stack/plan.ts";
import { admissionOf } from "../../stack/preflight/cluster-admission.ts";
import { surveyCluster } from "../../stack/preflight/existing-cluster.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { existingSettings, noExistingCluster } from "../environment.ts";

const stack = "f-policies";
const instance = `latency-lab-${stack}`;
const users = "f-policies-users";

describe("the checks of a cluster with policies and limited users", { skip: noExistingCluster() }, () => {
  let kubeconfig: string;
  let config: KubeConfig;
  let objects: KubernetesObjectApi;
  const made: KubernetesObject[] = [];
  const make = async (object: object) => {
    made.push(await objects.create(object as KubernetesObject));
  };

  before(() => {
    const settings = existingSettings();
    kubeconfig = readContext(String(settings.kubeconfig), String(settings.context));
    config = new ClusterClient(kubeconfig);
    objects = KubernetesObjectApi.makeApiClient(config);
  });
  after(async () => {
    for (const object of made.toReversed()) await objects.delete(object).catch(() => {});
  });

  function planWith(settings: Record<string, string> = {}) {
    const { configuration } = readSettings({ cluster: "existing", context: "lab", ...settings }, stack);
    assert.ok(configuration);
    return makePlan(configuration, stack, "/");
  }

  /** A policy that applies only to objects of this test. */
  async function policy(name: string, resource: string, expression: string, message: string) {
    const kind = "ValidatingAdmissionPolicy";
    const apiVersion = "admissionregistration.k8s.io/v1";
    await make({
      apiVersion,
      kind,
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: [resource] },
          ],
        },
        matchConditions: [
          {
            name: "ours",
            expression:
              resource === "namespaces"
                ? `object.metadata.name.startsWith("${instance}")`
                : `object.metadata.namespace.startsWith("${instance}")`,
          },
        ],
        validations: [{ expression, message }],
      },
    });
    await make({
      apiVersion,
      kind: `${kind}Binding`,
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    });
  }

  it("name the user who may not create cluster roles, as the cluster knows it", async () => {
    const account = { kind: "ServiceAccount", name: "reader", namespace: users };
    await make({ apiVersion: "v1", kind: "Namespace", metadata: { name: users } });
    await make({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace: users } });
    await make({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: users },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
      subjects: [account],
    });
    const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
      namespace: users,
      name: "reader",
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const limited = parse(kubeconfig);
    limited.users[0].user = { token: status?.token };
    await assert.rejects(surveyCluster(stringify(limited), planWith()), (error: Error) => {
      assert.match(error.message, /system:serviceaccount:f-policies-users:reader/);
      assert.match(
        error.message,
        /in the whole cluster: .*create.*clusterroles\.rbac\.authorization\.k8s\.io/,
      );
      assert.doesNotMatch(error.message, /deployments/, "the role edit includes these");
      return true;
    });
    // May create everything, but not grant the permissions in the chart's roles.
    await make({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: users },
      rules: [
        { apiGroups: [""], resources: ["namespaces", "nodes", "services", "pods", "events"], verbs: ["*"] },
        {
          apiGroups: ["", "apps", "policy", "networking.k8s.io"],
          resources: ["*"],
          verbs: ["create", "get", "list", "watch", "patch", "update", "delete"],
        },
        {
          apiGroups: ["rbac.authorization.k8s.io"],
          resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
          verbs: ["create", "get", "list", "watch", "patch", "delete"],
        },
      ],
    });
    await make({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: `${users}-maker` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: users },
      subjects: [account],
    });
    await eventually(async () => {
      await assert.rejects(
        surveyCluster(stringify(limited), planWith()),
        /refuses the chart's cluster roles.*not currently held.*\/metrics/s,
      );
    }, 20);
  });

  it("show why a policy denies the namespaces, and pass with the label it requires", async () => {
    await policy(
      "f-policies-team",
      "namespaces",
      "'team' in object.metadata.labels",
      "every namespace needs the label team",
    );
    await eventually(async () => {
      await assert.rejects(surveyCluster(kubeconfig, planWith()), /every namespace needs the label team/);
    }, 20);
    await surveyCluster(kubeconfig, planWith({ labels: "team=lab" }));
  });

  it("show why a policy and a quota deny the pods, and which setting would pass", async () => {
    for (const [name, podSecurity] of [
      [instance, "restricted"],
      [`${instance}-monitoring`, "privileged"],
    ] as const) {
      const metadata = namespaceMetadata({
        name,
        instance,
        podSecurity,
        labels: { team: "lab" },
        annotations: {},
      });
      await make({ apiVersion: "v1", kind: "Namespace", metadata });
    }
    await make({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "limits", namespace: instance },
      spec: { hard: { "limits.cpu": "2" } },
    });
    await policy(
      "f-policies-paths",
      "pods",
      "!has(object.spec.volumes) || object.spec.volumes.all(one, !has(one.hostPath))",
      "no paths of the node",
    );
    const admit = (settings: Record<string, string> = {}) => admissionOf(config, planWith(settings), []);
    await eventually(async () => {
      await assert.rejects(
        admit()(`${instance}-monitoring`),
        /promtail.*no paths of the node.*nodeAccess=false/s,
      );
      await assert.rejects(admit()(instance), /must specify limits\.cpu.*resources='\*=/s);
    }, 20);
    const pleasing = { nodeAccess: "false", resources: "*=50m/128Mi-1/1Gi" };
    for (const namespace of [instance, `${instance}-monitoring`]) await admit(pleasing)(namespace);
  });
});
