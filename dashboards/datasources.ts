import type { DashboardOptions } from "./options.ts";
import { dashboardUids, datasourceUids } from "./uids.ts";

/** The stream label of the server's log: Promtail takes it from `app.kubernetes.io/name`. */
export const logStream = { app: "delayed-server" } as const;

/** Grafana replaces this by the value that was clicked. */
const value = `\${__value.raw}`;

/** The addresses at which Grafana reaches its data sources. */
interface DatasourceUrls {
  readonly prometheus: string;
  readonly loki: string;
  /** @default no Alertmanager */
  readonly alertmanager?: string;
}

/** Grafana's provisioning file for data sources. */
export interface DatasourceFile {
  readonly apiVersion: 1;
  readonly datasources: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The data sources. Exemplars link to log lines, and log lines to the dashboard filtered by their
 * request.
 */
export function datasources(
  { scrapeInterval }: Pick<DashboardOptions, "scrapeInterval">,
  urls: DatasourceUrls,
): DatasourceFile {
  const prometheus = {
    ...datasource("Prometheus", "prometheus", urls.prometheus),
    isDefault: true,
    jsonData: {
      // `$__rate_interval` is four times this.
      timeInterval: `${scrapeInterval}s`,
      httpMethod: "POST",
      // A URL, because Grafana's built-in exemplar links support only tracing data sources.
      exemplarTraceIdDestinations: [{ name: "request_id", url: logLineUrl(), urlDisplayLabel: "Log line" }],
    },
  };
  const request = {
    name: "Request",
    matcherRegex: requestIdInLine,
    url: unexpanded(`/d/${dashboardUids.delayedServer}?var-request_id=${value}&\${__url_time_range}`),
    urlDisplayLabel: "This request on the dashboard",
  };
  const loki = {
    ...datasource("Loki", "loki", urls.loki),
    jsonData: { maxLines: 1000, derivedFields: [request] },
  };
  const alertmanager = urls.alertmanager !== undefined && {
    ...datasource("Alertmanager", "alertmanager", urls.alertmanager),
    // Prometheus Alertmanager, not Mimir's.
    jsonData: { implementation: "prometheus" },
  };
  return { apiVersion: 1, datasources: [prometheus, loki, ...(alertmanager ? [alertmanager] : [])] };
}

function datasource(name: string, type: keyof typeof datasourceUids, url: string) {
  return { name, uid: datasourceUids[type], type, access: "proxy", url };
}

/** The request id in a log line: in JSON, in text, and as formatted by the dashboard. */
const requestIdInLine = 'request_id(?:"\\s*:\\s*"|=)([A-Za-z0-9._~:@=+/-]+)';

/** Grafana Explore with the log line of one request. */
function logLineUrl(): string {
  const panes = {
    line: {
      datasource: datasourceUids.loki,
      queries: [
        {
          refId: "A",
          datasource: { type: "loki", uid: datasourceUids.loki },
          expr: `{app="${logStream.app}"} |= "${value}"`,
        },
      ],
      range: { from: "now-6h", to: "now" },
    },
  };
  // Grafana replaces the variable later, so it must not be URL-encoded.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(encodeURIComponent(value), value);
  return unexpanded(`/explore?schemaVersion=1&orgId=1&panes=${encoded}`);
}

/** Escapes `$`: in provisioning files, Grafana would replace `${…}` by an environment variable. */
function unexpanded(text: string): string {
  return text.replaceAll("$", "$$$$");
}
