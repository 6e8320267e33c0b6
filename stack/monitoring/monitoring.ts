import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { all, ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
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
import { adminPassword, adminSecretResource } from "./admin-secret.ts";
import type { Chart } from "./chart.ts";
import { monitoringPolicies } from "./network-policies.ts";
import type { MonitoringOptions, StoreFiles } from "./options.ts";
import { storesSecret } from "./stores.ts";
import { monitoringValues } from "./values.ts";
import { dashboardLabel, folderAnnotation } from "./values-grafana.ts";

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
export class Monitoring extends ComponentResource {
  /** Grafana's URL for a browser. */
  readonly grafanaUrl: Output<string>;
  /** Prometheus' URL for a browser. */
  readonly prometheusUrl: Output<string>;
  /** Password of Grafana's administrator. Secret. */
  readonly grafanaPassword: Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: ComponentResourceOptions) {
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
    const admin = adminSecretResource(namespace, this.grafanaPassword, child);
    const stores = storesSecret(namespace, args.stores ?? {}, args.lokiUsername, child);
    // An output, so that the first resources need not wait until the dashboards are generated.
    const models = output(dashboards(args.dashboards));
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
        values: all([this.grafanaUrl, this.prometheusUrl, admin.metadata.uid, stores.version]).apply(
          ([grafanaUrl, prometheusUrl, passwordVersion, storesVersion]) =>
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
