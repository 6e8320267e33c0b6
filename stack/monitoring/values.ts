// The values of the release: a pure function, tested without Pulumi or a cluster.
import { hostName } from "../cluster/cluster.ts";
import { withImages } from "../images.ts";
import type { MonitoringOptions } from "./options.ts";
import { asShards } from "./shards.ts";
import { collectorValues, promtailValues } from "./values-collector.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, maintainedLokiValues } from "./values-loki.ts";
import { withPods } from "./values-pods.ts";
import { alertmanagerValues, exporterValues, prometheusValues } from "./values-prometheus.ts";
import { distributions, type Versions } from "./versions.ts";

/** Adds the machine's name to `/etc/hosts` of the pods that a setting points to the machine. */
function withHostAliases(
  // biome-ignore lint/suspicious/noExplicitAny: values of any chart
  values: any,
  { versions, hostAddress, scrapeTargets, remoteWriteUrl, queryUrl, lokiUrl }: MonitoringOptions,
): Record<string, unknown> {
  if (hostAddress === undefined) return values;
  const isHost = (...urls: (string | undefined)[]) => urls.some((url) => url?.includes(hostName));
  const hostAliases = [{ ip: hostAddress, hostnames: [hostName] }];
  if (isHost(...scrapeTargets, remoteWriteUrl)) Object.assign(values.prometheus.server, { hostAliases });
  if (isHost(lokiUrl)) Object.assign(values[distributions[versions].collector], { hostAliases });
  if (isHost(queryUrl, lokiUrl)) Object.assign(values.grafana, { hostAliases });
  return values;
}

/** Loki and the collector of logs, the only parts whose charts have other keys. */
const ofLogs: Readonly<Record<Versions, (options: MonitoringOptions) => Record<string, unknown>>> = {
  chart: (options) => ({
    // Unused; would pull another image.
    test_pod: { enabled: false },
    loki: lokiValues(options),
    promtail: promtailValues(options),
  }),
  maintained: (options) => ({
    loki: maintainedLokiValues(options),
    "opentelemetry-collector": collectorValues(options),
  }),
};

export function monitoringValues(options: MonitoringOptions): Record<string, unknown> {
  const { versions } = options;
  const values = {
    ...ofLogs[versions](options),
    grafana: grafanaValues(options),
    prometheus: {
      ...prometheusValues(options),
      alertmanager: alertmanagerValues(options),
      ...exporterValues(options),
    },
  };
  if (options.scrapeShards > 1) asShards(values.prometheus, options);
  const complete = withPods(withImages(values, versions, options), options);
  return withHostAliases(complete, options);
}
