import { query } from "../../cli/clients/prometheus.ts";

/** What Promtail and Loki count on a line's way, for a test in which lines did not arrive. */
export async function linesOnTheirWay(prometheusUrl: string): Promise<string> {
  const questions = [
    'sum(promtail_read_lines_total{path=~".*delayed-server.*"})',
    "sum(promtail_sent_entries_total)",
    "sum by (reason) (promtail_dropped_entries_total)",
    "sum by (status_code) (promtail_request_duration_seconds_count)",
    "sum by (reason) (loki_discarded_samples_total)",
    "sum(loki_distributor_lines_received_total)",
    "sum by (container) (kube_pod_container_status_restarts_total) > 0",
  ];
  const answers = await Promise.all(
    questions.map(async (question) => {
      const samples = await query(prometheusUrl, question);
      const said = samples.map(({ metric, value }) => `${Object.values(metric).join(" ")} ${value}`.trim());
      return `${question}: ${said.length === 0 ? "nothing" : said.join(", ")}`;
    }),
  );
  return answers.join("\n");
}
