import type { DashboardOptions } from "./options.ts";
import { dashboardUids, datasourceUids } from "./uids.ts";

/** The stream label of the server's log: Promtail takes it from `app.kubernetes.io/name`. */
export const logStream = { app: "delayed-server" } as const;

/** What Grafana puts the value into that somebody clicked on. */
const value = `\${__value.raw}`;

/** Where Grafana reaches what it asks. */
interface DatasourceUrls {
  readonly prometheus: string;
  readonly loki: string;
  /** @default no Alertmanager */
  readonly alertmanager?: string;
}

/** Grafana's provisioning file for datasources. */
export interface DatasourceFile {
  readonly apiVersion: 1;
  readonly datasources: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Datasources that lead into each other: an exemplar to the log line of its
 * request, a log line to the dashboard that shows this request alone.
 */
export function datasources(
  { scrapeInterval }: Pick<DashboardOptions, "scrapeInterval">,
  urls: DatasourceUrls,
): DatasourceFile {
  const alertmanager = urls.alertmanager === undefined ? [] : [alertmanagerAt(urls.alertmanager)];
  return {
    apiVersion: 1,
    datasources: [prometheusAt(urls.prometheus, scrapeInterval), lokiAt(urls.loki), ...alertmanager],
  };
}

function prometheusAt(url: string, scrapeInterval: number) {
  return {
    name: "Prometheus",
    uid: datasourceUids.prometheus,
    type: "prometheus",
    access: "proxy",
    url,
    isDefault: true,
    jsonData: {
      // What `$__rate_interval` is four times of.
      timeInterval: `${scrapeInterval}s`,
      httpMethod: "POST",
      // A URL, because Grafana's own kind of link from an exemplar speaks to databases of traces only.
      exemplarTraceIdDestinations: [{ name: "request_id", url: logLineUrl(), urlDisplayLabel: "Log line" }],
    },
  };
}

function lokiAt(url: string) {
  return {
    name: "Loki",
    uid: datasourceUids.loki,
    type: "loki",
    access: "proxy",
    url,
    jsonData: {
      maxLines: 1000,
      derivedFields: [
        {
          name: "Request",
          matcherRegex: requestIdInLine,
          url: unexpanded(`/d/${dashboardUids.delayedServer}?var-request_id=${value}&\${__url_time_range}`),
          urlDisplayLabel: "This request on the dashboard",
        },
      ],
    },
  };
}

function alertmanagerAt(url: string) {
  return {
    name: "Alertmanager",
    uid: datasourceUids.alertmanager,
    type: "alertmanager",
    access: "proxy",
    url,
    // Prometheus' own Alertmanager, not Mimir's.
    jsonData: { implementation: "prometheus" },
  };
}

/** The id of a request in its line: in JSON, in text to read, and as the dashboard shows it. */
const requestIdInLine = 'request_id(?:"\\s*:\\s*"|=)([A-Za-z0-9._~:@=+/-]+)';

/** Grafana's page to explore logs, at the line of one request. */
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
  // The variable must stay readable for Grafana, which fills it in later.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(encodeURIComponent(value), value);
  return unexpanded(`/explore?schemaVersion=1&orgId=1&panes=${encoded}`);
}

/** Grafana would take `${…}` in a provisioning file for an environment variable. */
function unexpanded(text: string): string {
  return text.replaceAll("$", "$$$$");
}
