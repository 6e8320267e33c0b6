// Several agents, each of which scrapes a share of the targets: a StatefulSet with a configuration per pod.
import { stringify } from "yaml";
import type { MonitoringOptions } from "./options.ts";

/** The ConfigMap with their configurations, without the release's name, which the chart puts in front. */
const configMap = "prometheus-shards";

/** Turns the agent of the chart's values into `scrapeShards` agents. */
// biome-ignore lint/suspicious/noExplicitAny: values of any chart
export function asShards(prometheus: any, { release, scrapeShards, versions }: MonitoringOptions): void {
  const { server } = prometheus;
  const pods = Array.from({ length: scrapeShards }, (_, shard) => `${release}-prometheus-server-${shard}`);
  server.replicaCount = scrapeShards;
  server.statefulSet = { enabled: true, podManagementPolicy: "Parallel" };
  server.podDisruptionBudget = { enabled: true };
  // The NodePort always shows the targets of the first agent, not of a different agent per request.
  server.service.statefulsetReplica = { enabled: true };
  // Relabeling can't read the environment, but the kubelet expands variables in arguments.
  const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };
  server.env = [...(server.env ?? []), podName];
  server.defaultFlagsOverride = server.defaultFlagsOverride.map((flag: string) =>
    flag.replace("/prometheus.yml", "/$(POD_NAME).yml"),
  );
  server.configMapOverrideName = configMap;
  const manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `${release}-${configMap}` },
    data: Object.fromEntries(
      pods.map((pod, shard) => [`${pod}.yml`, configurationTemplate(pod, shard, scrapeShards)]),
    ),
  };
  // The maintained chart renders text, loki-stack's an object.
  prometheus.extraManifests = [versions === "maintained" ? stringify(manifest) : manifest];
}

/**
 * The configuration of one agent, in JSON, from the chart's scrape jobs. A target belongs to the agent
 * whose number is the remainder of the target's hash; the job of Prometheus itself, whose address is the
 * same in every pod, belongs to each of them.
 */
function configurationTemplate(pod: string, shard: number, shards: number): string {
  const address = `(list "__address__" "__metrics_path__" "__param_target")`;
  const hash = `(dict "source_labels" ${address} "modulus" ${shards} "target_label" "__tmp_shard" "action" "hashmod")`;
  const keep = `(dict "source_labels" (list "__tmp_shard") "regex" "${shard}" "action" "keep")`;
  const name = `(dict "target_label" "instance" "replacement" "${pod}")`;
  return [
    `# Agent ${shard} of ${shards}`,
    `{{ $all := concat (index .Values.serverFiles "prometheus.yml" "scrape_configs" | default list) (fromYamlArray .Values.extraScrapeConfigs) }}`,
    // The maintained chart has its jobs in a map.
    `{{ range $name, $job := .Values.scrapeConfigs }}`,
    `{{ if ne (toString $job.enabled) "false" }}`,
    `{{ $all = append $all (merge (dict "job_name" ($job.job_name | default $name)) (omit $job "enabled" "job_name")) }}`,
    `{{ end }}`,
    `{{ end }}`,
    `{{ $jobs := list }}`,
    `{{ range $all }}`,
    `{{ $own := ternary (list ${name}) (list ${hash} ${keep}) (eq .job_name "prometheus") }}`,
    `{{ $relabeling := concat (.relabel_configs | default list) $own }}`,
    `{{ $jobs = append $jobs (merge (dict "relabel_configs" $relabeling) .) }}`,
    `{{ end }}`,
    `{{ dict "global" .Values.server.global "remote_write" .Values.server.remoteWrite "scrape_configs" $jobs | toJson }}`,
  ].join("\n");
}
