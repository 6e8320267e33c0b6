// The values of the loki-stack release: a pure function, tested without Pulumi or a cluster.
import { hostName } from "../cluster/cluster.ts";
import { withImages } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import { withStores } from "./stores.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, promtailValues } from "./values-loki.ts";
import { withPods } from "./values-pods.ts";
import { alertmanagerValues, exporterValues, prometheusValues } from "./values-prometheus.ts";

/** Adds the machine's name to `/etc/hosts` of the pods that a setting points to the machine. */
function withHostAliases(
  // biome-ignore lint/suspicious/noExplicitAny: values of any chart
  values: any,
  { hostAddress, scrapeTargets, remoteWriteUrl, queryUrl, lokiUrl }: MonitoringOptions,
): Record<string, unknown> {
  if (hostAddress === undefined) return values;
  const isHost = (...urls: (string | undefined)[]) => urls.some((url) => url?.includes(hostName));
  const hostAliases = [{ ip: hostAddress, hostnames: [hostName] }];
  if (isHost(...scrapeTargets, remoteWriteUrl)) Object.assign(values.prometheus.server, { hostAliases });
  if (isHost(lokiUrl)) Object.assign(values.promtail, { hostAliases });
  if (isHost(queryUrl, lokiUrl)) Object.assign(values.grafana, { hostAliases });
  return values;
}

/** The values for loki-stack 2.10.3. */
export function lokiStackValues(options: MonitoringOptions): Record<string, unknown> {
  const values = {
    // Unused; would pull another image.
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
  return withHostAliases(withStores(withPods(withImages(values, options), options), options), options);
}
