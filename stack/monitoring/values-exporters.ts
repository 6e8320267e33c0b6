import { alertRouting } from "../../dashboards/index.ts";
import type { MonitoringOptions } from "./values.ts";

export function alertmanagerValues({ preset, persistence }: MonitoringOptions): Record<string, unknown> {
  return { enabled: preset === "full", persistence: { enabled: persistence }, config: alertRouting() };
}

export function exporterValues({ preset }: MonitoringOptions): Record<string, unknown> {
  return {
    "kube-state-metrics": { enabled: true },
    "prometheus-node-exporter": {
      enabled: preset === "full",
      // On the host's network two stacks would fight for port 9100 of every node.
      hostNetwork: false,
      // Needs a shared mount of `/`, which nodes that are containers don't have.
      hostRootFsMount: { enabled: false },
      rbac: { pspEnabled: false },
    },
    "prometheus-pushgateway": { enabled: preset === "full" },
  };
}
