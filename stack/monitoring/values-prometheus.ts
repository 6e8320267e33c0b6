import { stringify } from "yaml";
import {
  alertingRules,
  alertRouting,
  recordingRules,
  retentionDays,
  staticJob,
} from "../../dashboards/index.ts";
import { restrictedContainer, restrictedPod } from "../server/pod.ts";
import { type MonitoringOptions, optionalParts } from "./options.ts";
import { agentEnvironment, agentFlags, remoteWrite, storeVolumes, trustedAuthorities } from "./own-stores.ts";

/** The labels of Prometheus' pod in loki-stack, by which policies and port-forwards find it. */
export const prometheusPod = { app: "prometheus", component: "server" } as const;

export function prometheusValues(options: MonitoringOptions): Record<string, unknown> {
  const { scrapeInterval, scrapeTargets, persistence, prometheusNodePort, prometheusUrl } = options;
  const { storageClass, versions, queryUrl } = options;
  return {
    enabled: true,
    server: {
      ...(versions === "maintained" ? { podLabels: prometheusPod } : {}),
      service: { type: "NodePort", nodePort: prometheusNodePort },
      persistentVolume: { enabled: persistence, ...(storageClass ? { storageClass } : {}) },
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
      global: {
        scrape_interval: `${scrapeInterval}s`,
        // Prometheus refuses a timeout above the interval; the chart's timeout is 10 s.
        scrape_timeout: `${Math.min(scrapeInterval, 10)}s`,
        evaluation_interval: `${scrapeInterval}s`,
      },
      // Replaces the chart's list; without its first entry, configuration is never reloaded.
      extraFlags: ["web.enable-lifecycle", "enable-feature=exemplar-storage"],
      defaultFlagsOverride: queryUrl === undefined ? [] : agentFlags(options),
      env: [...trustedAuthorities(options), ...agentEnvironment(options)],
      extraSecretMounts: storeVolumes(options).secretMounts,
      baseURL: prometheusUrl,
      remoteWrite: remoteWrite(options),
      retention: `${retentionDays(options.dashboards)}d`,
      readinessProbeInitialDelay: 1,
      readinessProbePeriodSeconds: 2,
      readinessProbeFailureThreshold: 60,
      // The chart's 300 s would delay a destroy.
      terminationGracePeriodSeconds: 20,
    },
    configmapReload: { prometheus: { containerSecurityContext: restrictedContainer } },
    extraScrapeConfigs: scrapeTargets.length === 0 ? "" : outsideJob(scrapeTargets),
    serverFiles:
      queryUrl === undefined
        ? {
            "recording_rules.yml": recordingRules(options.dashboards),
            "alerting_rules.yml": alertingRules(options.dashboards),
          }
        : { "prometheus.yml": { rule_files: [] } },
  };
}

/**
 * The scrape job for servers outside the cluster. The chart renders it as a template, so it must
 * not contain `{{`.
 */
function outsideJob(targets: readonly string[]): string {
  return stringify([{ job_name: staticJob, static_configs: [{ targets: [...targets] }] }]);
}

export function alertmanagerValues(options: MonitoringOptions): Record<string, unknown> {
  const { versions, persistence, storageClass } = options;
  return {
    enabled: optionalParts(options).alertmanager,
    persistence: { enabled: persistence, ...(storageClass ? { storageClass } : {}) },
    podSecurityContext: restrictedPod,
    securityContext: restrictedContainer,
    // The maintained chart's `false` needs nodes with idmapped mounts.
    ...(versions === "maintained" ? { hostUsers: true } : {}),
    config: alertRouting(),
  };
}

export function exporterValues(options: MonitoringOptions): Record<string, unknown> {
  return {
    "kube-state-metrics": {
      enabled: true,
      // By default, it reads every kind of object of the cluster, Secrets included.
      collectors: ["pods"],
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
    },
    "prometheus-node-exporter": {
      enabled: optionalParts(options)["node-exporter"],
      // With the host's network, two stacks would conflict on port 9100.
      hostNetwork: false,
      // Needs a shared mount of `/`, which nodes in containers don't have.
      hostRootFsMount: { enabled: false },
    },
    "prometheus-pushgateway": {
      enabled: optionalParts(options).pushgateway,
      securityContext: restrictedPod,
      containerSecurityContext: restrictedContainer,
    },
  };
}
