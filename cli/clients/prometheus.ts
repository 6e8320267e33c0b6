import { staticJob } from "../../dashboards/rules/alerting.ts";
import { type Buckets, bucketsOf } from "../../service/src/metrics/quantile.ts";
import { firstLineOf, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import { eventually } from "./eventually.ts";

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly metric: Labels;
  readonly value: number;
}

/** Sends a request to Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/). */
export async function ask<T>(
  prometheusUrl: string,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { url, headers } = withoutLogin(prometheusUrl);
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
    headers,
    signal: AbortSignal.timeout(10_000),
  });
  // Grafana, or a proxy before a store, has other answers.
  const body = (await response.json().catch(() => ({}))) as Record<string, string>;
  const { status, data, error, message } = body;
  if (status === "success") return data as T;
  const why = error ?? message ?? `status ${response.status}`;
  throw status === "error" ? new RefusedQuery(`Prometheus: ${why}`) : new Error(why);
}

/** The login in a URL as a header, since fetch accepts none in a URL. */
function withoutLogin(address: string): { url: string; headers: Record<string, string> } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === "") return { url: address, headers: {} };
  url.username = "";
  url.password = "";
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(login).toString("base64")}` } };
}

/** A query that Prometheus rejects: a retry would not help. */
class RefusedQuery extends Error {}

/** How long to retry while Prometheus is slow or restarts. */
const timeoutSeconds = 30;

/** Runs an instant query. Retries if Prometheus does not answer in time, for example on a busy machine. */
export async function query(prometheusUrl: string, expression: string): Promise<Sample[]> {
  const isRefused = (error: unknown) => error instanceof RefusedQuery;
  try {
    return await eventually(() => queryOnce(prometheusUrl, expression), timeoutSeconds, isRefused);
  } catch (error) {
    if (isRefused(error)) throw error;
    const { url, headers } = withoutLogin(prometheusUrl);
    const why = `${url}: ${firstLineOf(error)} (retried for ${timeoutSeconds} s)`;
    // Only the queries to a store have a login, Grafana's.
    throw new UserError(
      headers.authorization
        ? {
            what: "the store at queryUrl does not answer Grafana",
            why,
            fix: "npm run config   (shows queryUrl, metricsUsername and metricsHeaders)",
          }
        : { what: "Prometheus does not answer", why, fix: "npm run status   (shows what its pod waits for)" },
    );
  }
}

export async function queryOnce(prometheusUrl: string, expression: string): Promise<Sample[]> {
  interface Answer {
    readonly result: readonly { metric: Labels; value: readonly [time: number, value: string] }[];
  }
  const { result } = await ask<Answer>(prometheusUrl, "query", { query: expression });
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** The buckets in the result of a query `sum by (le)`. */
export function bucketsIn(samples: readonly Sample[]): Buckets {
  return bucketsOf(samples.map(({ metric, value }) => ({ le: metric.le, value })));
}

interface ExemplarsOfSeries {
  readonly seriesLabels: Labels;
  readonly exemplars: readonly { labels: Labels; value: string; timestamp: number }[];
}

/** The exemplars of the last 15 minutes, newest first, each with its series. */
export async function exemplars(prometheusUrl: string, expression: string) {
  const end = Date.now() / 1000;
  const parameters = { query: expression, start: String(end - 900), end: String(end) };
  const found = await ask<ExemplarsOfSeries[]>(prometheusUrl, "query_exemplars", parameters);
  return found
    .flatMap(({ seriesLabels: series, exemplars }) =>
      exemplars.map((one) => ({ ...one, series, value: Number(one.value) })),
    )
    .toSorted((a, b) => b.timestamp - a.timestamp);
}

/** Seconds by which new samples can be later in a store: some show none of the last 30 s. */
export function storeDelay({ queryUrl }: Pick<Settings, "queryUrl">): number {
  return queryUrl === undefined ? 0 : 60;
}

interface Target {
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** The active targets. Each of several agents lists its share only, so these come from the store. */
export async function targetsOf(
  { settings }: Plan,
  urls: Readonly<Record<"prometheus" | "queries", string>>,
): Promise<readonly Target[]> {
  if (settings.scrapeShards === 1) {
    const parameters = { state: "active" };
    return (await ask<{ activeTargets: Target[] }>(urls.prometheus, "targets", parameters)).activeTargets;
  }
  return (await queryOnce(urls.queries, lastScrapes(settings))).map(({ metric, value }) => ({
    labels: metric,
    discoveredLabels: { __address__: metric.instance ?? "" },
    scrapeUrl: `${metric.job} ${metric.instance}`,
    health: value === 1 ? "up" : "down",
    lastError: "up is 0; the page of the agent that scrapes it says why",
  }));
}

/**
 * Whether each target that was scraped lately was up. A killed agent marks none of its series as stale, so
 * those of a target that is gone stay in the store for five minutes.
 */
export function lastScrapes(settings: Pick<Settings, "scrapeInterval" | "queryUrl">): string {
  return `up and timestamp(up) > time() - ${3 * settings.scrapeInterval + storeDelay(settings)}`;
}

/** Servers outside the cluster that Prometheus does not scrape yet: it reloads changes within a minute. */
export function unknownTargets(targets: readonly Target[], wanted: readonly string[]): string[] {
  const known = targets
    .filter(({ labels }) => labels.job === staticJob)
    .map(({ discoveredLabels }) => discoveredLabels.__address__);
  return wanted.filter((one) => !known.includes(one));
}
