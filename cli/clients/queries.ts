import { datasourceUids } from "../../dashboards/index.ts";
import type { Plan } from "../../stack/plan.ts";
import type { OutputValues } from "../pulumi/outputs.ts";

/**
 * The base URL of Prometheus' HTTP API for queries. With a store of the user's own, Grafana passes them
 * on, since only Grafana is sure to reach it, and has its login. The URL then contains Grafana's login.
 */
export function queriesAt(
  { settings }: Plan,
  urls: Readonly<Record<"grafana" | "prometheus", string>>,
  { grafanaUser, grafanaPassword }: Pick<OutputValues, "grafanaUser" | "grafanaPassword">,
): string {
  if (settings.queryUrl === undefined) return urls.prometheus;
  const url = new URL(`${urls.grafana}/api/datasources/proxy/uid/${datasourceUids.prometheus}`);
  url.username = grafanaUser;
  url.password = grafanaPassword;
  return url.href;
}

/** Seconds by which new samples can be later in a store: some show none of the last 30 s. */
export function storeDelay({ settings }: Plan): number {
  return settings.queryUrl === undefined ? 0 : 60;
}
