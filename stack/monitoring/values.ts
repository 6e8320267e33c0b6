// The values of the loki-stack release: a pure function, so that they can be
// read, tested and held against the chart's own keys without Pulumi or a cluster.
import { withImages } from "./images.ts";
import type { MonitoringOptions } from "./options.ts";
import { grafanaValues } from "./values-grafana.ts";
import { lokiValues, promtailValues } from "./values-loki.ts";
import { withPods } from "./values-pods.ts";
import { alertmanagerValues, exporterValues, prometheusValues } from "./values-prometheus.ts";

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
  return withPods(withImages(values, options), options);
}
