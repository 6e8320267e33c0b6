import type { AlertName } from "../../dashboards/rules/alerting.ts";
import type { Grafana } from "../clients/grafana.ts";
import { query } from "../clients/prometheus.ts";

/** The severities with which an alert currently fires in Prometheus. */
export async function firingSeverities(prometheusUrl: string, alert: AlertName): Promise<string[]> {
  const firing = `max by (severity) (ALERTS{alertname="${alert}", alertstate="firing"})`;
  const samples = await query(prometheusUrl, firing);
  return samples.map(({ metric }) => metric.severity ?? "");
}

/** Whether Alertmanager received the alert. Uses Grafana as a proxy: Alertmanager has no NodePort. */
export async function reachedAlertmanager(grafana: Grafana, alert: AlertName): Promise<boolean> {
  const filter = encodeURIComponent(`alertname="${alert}"`);
  try {
    const alerts = await grafana.get<unknown[]>(
      `/api/datasources/proxy/uid/alertmanager/api/v2/alerts?active=true&filter=${filter}`,
    );
    return alerts.length > 0;
  } catch {
    return false; // The caller tries again.
  }
}
