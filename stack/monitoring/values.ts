// The values of the loki-stack release: a pure function, so that they can be
// read, tested and held against the chart's own keys without Pulumi or a cluster.
import { hostName } from "../cluster/cluster.ts";
import { withImages } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, promtailValues } from "./values-loki.ts";
import { withPods } from "./values-pods.ts";
import { alertmanagerValues, exporterValues, prometheusValues } from "./values-prometheus.ts";

/** Makes the machine's name known to the pods that a setting sends there, and to no other. */
function withHostAliases(
  // biome-ignore lint/suspicious/noExplicitAny: values of any chart
  values: any,
  { hostAddress, scrapeTargets, remoteWriteUrl, lokiUrl }: MonitoringOptions,
): Record<string, unknown> {
  if (hostAddress === undefined) return values;
  const isThere = (...places: (string | undefined)[]) => places.some((place) => place?.includes(hostName));
  const hostAliases = [{ ip: hostAddress, hostnames: [hostName] }];
  if (isThere(...scrapeTargets, remoteWriteUrl)) Object.assign(values.prometheus.server, { hostAliases });
  if (isThere(lokiUrl)) {
    Object.assign(values.promtail, { hostAliases });
    Object.assign(values.grafana, { hostAliases });
  }
  return values;
}

/** What loki-stack 2.10.3 is installed with. */
export function lokiStackValues(options: MonitoringOptions): Record<string, unknown> {
  const values = {
    // Helm tests, which nobody runs here, pull an image of their own.
    test_pod: { enabled: false },
    loki: lokiValues(options),
    promtail: promtailValues(options),
    grafana: grafanaValues(options),
    prometheus: {
      ...prometheusValues(options),
      alertmanager: alertmanagerValues(options),
      ...exporterValues(options),
    },
  };
  return withHostAliases(withPods(withImages(values, options), options), options);
}
