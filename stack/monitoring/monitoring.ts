import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { all, ComponentResource, type ComponentResourceOptions, type Output, output } from "@pulumi/pulumi";
import { dashboardFolder, dashboards, dashboardUids } from "../../dashboards/index.ts";
import { type Cluster, inside } from "../cluster/cluster.ts";
import { type Admission, recommendedLabels } from "../cluster/labels.ts";
import { ownNamespace } from "../cluster/namespace.ts";
import { copiedPullSecret, type PullSecret } from "../cluster/pull-secret.ts";
import { httpUrl } from "../cluster/url.ts";
import { adminPassword, adminSecretResource } from "./admin-secret.ts";
import type { Chart } from "./chart.ts";
import { monitoringPolicies } from "./network-policies.ts";
import type { MonitoringOptions } from "./options.ts";
import { lokiStackValues } from "./values.ts";
import { dashboardLabel, folderAnnotation } from "./values-grafana.ts";

export interface MonitoringArgs
  extends Omit<MonitoringOptions, "grafanaUrl" | "prometheusUrl" | "passwordVersion"> {
  readonly cluster: Cluster;
  /** Namespace to make and use. */
  readonly namespace: string;
  /** Whether NetworkPolicies let only the monitoring itself talk to what has no password. @default true */
  readonly networkPolicies?: boolean;
  /** Whether Grafana's administrator gets another password; takes replacing `grafana-password` too. @default false */
  readonly newPassword?: boolean;
  /** Secret to copy into the namespace, for images to be pulled with. @default none */
  readonly pullSecret?: PullSecret | undefined;
  /** Asks the cluster about the pods before they are made. @default nothing is asked */
  readonly admission?: Admission | undefined;
  /** Where loki-stack comes from. */
  readonly chart: Chart;
}

/** Loki, Promtail, Prometheus and Grafana: the loki-stack release, with the dashboards in it. */
export class Monitoring extends ComponentResource {
  /** Where a browser reaches Grafana. */
  readonly grafanaUrl: Output<string>;
  /** Where a browser reaches Prometheus. */
  readonly prometheusUrl: Output<string>;
  /** Password of Grafana's administrator. Secret. */
  readonly grafanaPassword: Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:monitoring:Monitoring", name, {}, opts);
    const child = inside(args.cluster, this);
    const labels = recommendedLabels(args.instance, "monitoring");
    const namespace = ownNamespace(
      "monitoring-namespace",
      // Promtail and node-exporter read the nodes' own files.
      { ...args, name: args.namespace, podSecurity: args.nodeAccess ? "privileged" : "restricted" },
      this,
    );
    if (args.pullSecret)
      copiedPullSecret("monitoring-pull-secret", { namespace, labels }, args.pullSecret, child);
    if (args.networkPolicies ?? true) monitoringPolicies(namespace, labels, child);

    this.grafanaPassword = adminPassword(this, args.newPassword ?? false);
    const admin = adminSecretResource(namespace, this.grafanaPassword, child);
    // Made while the first resources are: nothing waits for the library that makes them.
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
        values: all([this.grafanaUrl, this.prometheusUrl, admin.metadata.uid]).apply(
          ([grafanaUrl, prometheusUrl, passwordVersion]) =>
            lokiStackValues({
              ...args,
              hostAddress: args.cluster.hostAddress,
              grafanaUrl,
              prometheusUrl,
              passwordVersion,
            }),
        ),
        // Longer than the slowest first pull of ten images over a home connection.
        timeout: 600,
        // A release that failed is mended by the next upgrade, which needs it kept.
        atomic: false,
        maxHistory: 3,
      },
      // Volumes can't be given to a StatefulSet, or taken from it: it must be made anew.
      { ...child, replaceOnChanges: persistenceKeys, deleteBeforeReplace: true },
    );
    this.registerOutputs();
  }
}

const persistenceKeys = [
  "values.loki.persistence.enabled",
  "values.prometheus.alertmanager.persistence.enabled",
];
