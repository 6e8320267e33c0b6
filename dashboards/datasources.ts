import type { DashboardOptions } from "./options.ts";

/** The uids of the data sources, used by dashboards, links and other tools. */
export const datasourceUids = {
  prometheus: "prometheus",
  loki: "loki",
  alertmanager: "alertmanager",
} as const;

/** The uids of the dashboards, fixed so that links stay valid. */
export const dashboardUids = {
  delayedServer: "delayed-server",
  exercise: "exercise",
  monitoringItself: "monitoring-itself",
} as const;

/** The stream label of the server's log: Promtail takes it from `app.kubernetes.io/name`. */
export const logStream = { app: "delayed-server" } as const;

/** Grafana replaces this by the value that was clicked. */
const value = `\${__value.raw}`;

/** What a data source requires of Grafana's requests. */
export interface DatasourceAccess {
  readonly headers?: Readonly<Record<string, string>>;
  readonly username?: string;
  readonly password?: string;
}

/** The addresses at which Grafana reaches its data sources. */
interface DatasourceUrls {
  readonly prometheus: string;
  readonly prometheusAccess?: DatasourceAccess;
  readonly loki: string;
  readonly lokiAccess?: DatasourceAccess;
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
  return {
    apiVersion: 1,
    datasources: [
      withAccess(prometheus, urls.prometheusAccess),
      withAccess(loki, urls.lokiAccess),
      ...(alertmanager ? [alertmanager] : []),
    ],
  };
}

function withAccess<D extends { jsonData: object }>(
  datasource: D,
  { headers = {}, username, password }: DatasourceAccess = {},
): D {
  const names: Record<string, string> = {};
  const secrets: Record<string, string | undefined> = {};
  Object.entries(headers).forEach(([name, value], index) => {
    names[`httpHeaderName${index + 1}`] = name;
    secrets[`httpHeaderValue${index + 1}`] = value;
  });
  if (username !== undefined) secrets.basicAuthPassword = password;
  if (Object.keys(secrets).length === 0) return datasource;
  return {
    ...datasource,
    ...(username === undefined ? {} : { basicAuth: true, basicAuthUser: username }),
    jsonData: { ...datasource.jsonData, ...names },
    secureJsonData: secrets,
  };
}

function datasource(name: string, type: keyof typeof datasourceUids, url: string) {
  return { name, uid: datasourceUids[type], type, access: "proxy", url };
}

/** The request id in a log line: in JSON, in text, and as formatted by the dashboard. */
const requestIdInLine = 'request_id(?:"\\s*:\\s*"|=)([A-Za-z0-9._~:@=+/-]+)';

/** Grafana Explore with the log line of one request. */
function logLineUrl(): string {
  const path = explorePath("loki", [`{app="${logStream.app}"} |= "${value}"`], "now-6h");
  // Grafana replaces the variable later, so it must not be URL-encoded.
  return unexpanded(path.replace(encodeURIComponent(value), value));
}

/** Path of Grafana Explore with queries. */
export function explorePath(type: "prometheus" | "loki", queries: readonly string[], from: string): string {
  const uid = datasourceUids[type];
  const asked = queries.map((expr, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: { type, uid },
    expr,
  }));
  const panes = { line: { datasource: uid, queries: asked, range: { from, to: "now" } } };
  return `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`;
}

/** Escapes `$`: in provisioning files, Grafana would replace `${…}` by an environment variable. */
function unexpanded(text: string): string {
  return text.replaceAll("$", "$$$$");
}
