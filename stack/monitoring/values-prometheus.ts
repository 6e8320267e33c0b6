import { stringify } from "yaml";
import {
  alertingRules,
  alertRouting,
  recordingRules,
  retentionDays,
  staticJob,
} from "../../dashboards/index.ts";
import type { MonitoringOptions } from "./options.ts";
import { restrictedContainer, restrictedPod } from "./values-pods.ts";

export function prometheusValues(options: MonitoringOptions): Record<string, unknown> {
  const { scrapeInterval, scrapeTargets, persistence, prometheusNodePort, prometheusUrl } = options;
  const { remoteWriteUrl, storageClass } = options;
  return {
    enabled: true,
    server: {
      service: { type: "NodePort", nodePort: prometheusNodePort },
      persistentVolume: { enabled: persistence, ...(storageClass ? { storageClass } : {}) },
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
      global: {
        scrape_interval: `${scrapeInterval}s`,
        // Prometheus refuses a timeout above the interval, and the chart's is 10 s.
        scrape_timeout: `${Math.min(scrapeInterval, 10)}s`,
        evaluation_interval: `${scrapeInterval}s`,
      },
      // This list replaces the chart's: without its first entry, configuration is never reloaded.
      extraFlags: ["web.enable-lifecycle", "enable-feature=exemplar-storage"],
      baseURL: prometheusUrl,
      // Exemplars too: whoever asks the store wants to get from a point to a request as well.
      remoteWrite: remoteWriteUrl === undefined ? [] : [{ url: remoteWriteUrl, send_exemplars: true }],
      retention: `${retentionDays(options.dashboards)}d`,
      readinessProbeInitialDelay: 1,
      readinessProbePeriodSeconds: 2,
      readinessProbeFailureThreshold: 60,
      // 300 s in the chart: a destroy would wait for it.
      terminationGracePeriodSeconds: 20,
    },
    configmapReload: { prometheus: { containerSecurityContext: restrictedContainer } },
    extraScrapeConfigs: scrapeTargets.length === 0 ? "" : outsideJob(scrapeTargets),
    serverFiles: {
      "recording_rules.yml": recordingRules(options.dashboards),
      "alerting_rules.yml": alertingRules(options.dashboards),
    },
  };
}

/**
 * The job for servers outside the cluster, which no annotation can find.
 * The chart renders it as a template, so nothing of it may hold `{{`.
 */
function outsideJob(targets: readonly string[]): string {
  return stringify([{ job_name: staticJob, static_configs: [{ targets: [...targets] }] }]);
}

export function alertmanagerValues({
  preset,
  persistence,
  storageClass,
}: MonitoringOptions): Record<string, unknown> {
  return {
    enabled: preset === "full",
    persistence: { enabled: persistence, ...(storageClass ? { storageClass } : {}) },
    podSecurityContext: restrictedPod,
    securityContext: restrictedContainer,
    config: alertRouting(),
  };
}

export function exporterValues({ preset, nodeAccess }: MonitoringOptions): Record<string, unknown> {
  return {
    "kube-state-metrics": {
      enabled: true,
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
    },
    "prometheus-node-exporter": {
      enabled: preset === "full" && nodeAccess,
      // On the host's network two stacks would fight for port 9100 of every node.
      hostNetwork: false,
      // Needs a shared mount of `/`, which nodes that are containers don't have.
      hostRootFsMount: { enabled: false },
      rbac: { pspEnabled: false },
    },
    "prometheus-pushgateway": {
      enabled: preset === "full",
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
    },
  };
}
