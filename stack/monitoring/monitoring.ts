import { randomInt } from "node:crypto";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { dashboardFolder, dashboards, dashboardUids } from "../../dashboards/index.ts";
import {
  type Cluster,
  copiedPullSecret,
  httpUrl,
  inside,
  ownNamespace,
  type PullSecret,
} from "../cluster/cluster.ts";
import { type Admission, recommendedLabels } from "../plan.ts";
import type { MonitoringOptions, StoreFiles } from "./options.ts";
import { storesSecret } from "./own-stores.ts";
import { monitoringValues } from "./values.ts";
import { adminSecret, dashboardLabel, folderAnnotation } from "./values-grafana.ts";
import { prometheusPod } from "./values-prometheus.ts";
import type { Chart } from "./versions.ts";

export interface MonitoringArgs
  extends Omit<
    MonitoringOptions,
    "grafanaUrl" | "prometheusUrl" | "passwordVersion" | "storeFiles" | "storesVersion"
  > {
  readonly cluster: Cluster;
  /** Namespace to create and use. */
  readonly namespace: string;
  /** Whether NetworkPolicies protect the services without a password from other pods. @default true */
  readonly networkPolicies?: boolean;
  /** Whether to renew Grafana's password; `grafana-password` must be replaced as well. @default false */
  readonly newPassword?: boolean;
  /** Logins and certificate authorities of the user's own stores. @default none */
  readonly stores?: StoreFiles;
  /** Image pull Secret to copy into the namespace. @default none */
  readonly pullSecret?: PullSecret | undefined;
  /** Checks whether the cluster admits the pods before they are created. @default no check */
  readonly admission?: Admission | undefined;
  /** The chart that installs `versions`. */
  readonly chart: Chart;
}

/** Loki, a collector of logs, Prometheus and Grafana: the release and the dashboards. */
export class Monitoring extends pulumi.ComponentResource {
  /** Grafana's URL for a browser. */
  readonly grafanaUrl: pulumi.Output<string>;
  /** Prometheus' URL for a browser. */
  readonly prometheusUrl: pulumi.Output<string>;
  /** Password of Grafana's administrator. Secret. */
  readonly grafanaPassword: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:monitoring:Monitoring", name, {}, opts);
    const child = inside(args.cluster, this);
    const labels = recommendedLabels(args.instance, "monitoring");
    const namespace = ownNamespace(
      "monitoring-namespace",
      // Promtail and node-exporter mount host paths.
      { ...args, name: args.namespace, podSecurity: args.nodeAccess ? "privileged" : "restricted" },
      this,
    );
    if (args.pullSecret)
      copiedPullSecret("monitoring-pull-secret", { namespace, labels }, args.pullSecret, child);
    if (args.networkPolicies ?? true) monitoringPolicies(namespace, labels, child);

    this.grafanaPassword = adminPassword(this, args.newPassword ?? false);
    const admin = new Secret(
      "grafana-admin",
      {
        metadata: { name: adminSecret.name, namespace },
        type: "Opaque",
        stringData: { [adminSecret.user]: "admin", [adminSecret.password]: this.grafanaPassword },
      },
      child,
    );
    const stores = storesSecret(namespace, args.stores ?? {}, args.lokiUsername, child);
    // An output, so that the first resources need not wait until the dashboards are generated.
    const models = pulumi.output(dashboards(args.dashboards));
    for (const uid of Object.values(dashboardUids)) {
      new ConfigMap(
        `dashboard-${uid}`,
        {
          metadata: {
            name: `dashboard-${uid}`,
            namespace,
            labels: { ...labels, [dashboardLabel]: args.instance },
            annotations: { [folderAnnotation]: dashboardFolder },
          },
          data: models.apply((all) => ({ [`${uid}.json`]: all.find((one) => one.uid === uid)?.json ?? "" })),
        },
        child,
      );
    }

    this.grafanaUrl = args.cluster.nodeAddress.apply((host) => httpUrl(host, args.grafanaNodePort));
    this.prometheusUrl = args.cluster.nodeAddress.apply((host) => httpUrl(host, args.prometheusNodePort));
    new Release(
      "loki-stack",
      {
        ...args.chart,
        name: args.release,
        namespace,
        values: pulumi
          .all([this.grafanaUrl, this.prometheusUrl, admin.metadata.uid, stores.version])
          .apply(([grafanaUrl, prometheusUrl, passwordVersion, storesVersion]) =>
            monitoringValues({
              ...args,
              hostAddress: args.cluster.hostAddress,
              grafanaUrl,
              prometheusUrl,
              passwordVersion,
              storeFiles: stores.files,
              storesVersion,
            }),
          ),
        // Seconds. Enough to pull ten images over a slow home connection.
        timeout: 600,
        // Keep a failed release: the next upgrade repairs it.
        atomic: false,
        maxHistory: 3,
      },
      { ...child, replaceOnChanges: replacingKeys, deleteBeforeReplace: true },
    );
    this.registerOutputs();
  }
}

/** A StatefulSet's volumes and selectors can't be changed, so the release must be replaced. */
const replacingKeys = [
  // Only in the values of `versions=maintained`.
  "values.loki.deploymentMode",
  "values.loki.singleBinary.persistence.enabled",
  "values.loki.persistence.enabled",
  "values.prometheus.alertmanager.persistence.enabled",
];

/** Letters and digits that look different from each other. */
const alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * The administrator's password: random, and kept encrypted in the stack's state, so that it stays
 * the same even if the cluster is replaced.
 *
 * @param renew whether to keep a new password; the Pulumi engine must also replace the resource
 */
function adminPassword(parent: pulumi.ComponentResource, renew: boolean): pulumi.Output<string> {
  // 24 of 57 characters: 140 bits.
  const random = Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join("");
  const kept = new pulumi.Stash(
    "grafana-password",
    { input: pulumi.secret(random) },
    // Every run generates a password; the first one is kept.
    { parent, ignoreChanges: renew ? [] : ["input"] },
  );
  return pulumi.secret(kept.output as pulumi.Output<string>);
}

/** Pods that a browser reaches through a NodePort, and their ports. */
const exposed = [
  { name: "grafana", labels: { "app.kubernetes.io/name": "grafana" }, port: 3000 },
  { name: "prometheus", labels: prometheusPod, port: 9090 },
] as const;

/** Prometheus scrapes every annotated pod of its cluster, including those of other stacks. */
const prometheusOfAnotherStack = {
  namespaceSelector: { matchLabels: { "app.kubernetes.io/part-of": "latency-lab" } },
  podSelector: { matchLabels: prometheusPod },
};

/**
 * Loki, Alertmanager, Pushgateway and the exporters have no password, so only the monitoring may
 * connect to them. Grafana and Prometheus accept all connections: NodePort requests can come from
 * any address.
 */
function monitoringPolicies(
  namespace: pulumi.Input<string>,
  labels: Record<string, string>,
  options: pulumi.CustomResourceOptions,
): void {
  new NetworkPolicy(
    "monitoring-only-itself",
    {
      metadata: { name: "only-itself", namespace, labels },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: {} }, prometheusOfAnotherStack] }],
      },
    },
    options,
  );
  for (const { name, labels: matchLabels, port } of exposed) {
    new NetworkPolicy(
      `${name}-requests`,
      {
        metadata: { name, namespace, labels },
        spec: {
          podSelector: { matchLabels },
          policyTypes: ["Ingress"],
          ingress: [{ ports: [{ protocol: "TCP", port }] }],
        },
      },
      options,
    );
  }
}
