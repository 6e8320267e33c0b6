import { readFileSync } from "node:fs";
import { ask } from "../../cli/clients/prometheus.ts";
import { logFields } from "../../service/src/log/line.ts";
import { measuredRoutes } from "../../service/src/routes.ts";

/** A series with its values as numbers. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** An instant query to Prometheus. */
export async function atNow(prometheusUrl: string, query: string): Promise<Answer[]> {
  return answers(await ask(prometheusUrl, "query", { query }));
}

/** A range query to Prometheus over the last seconds. */
export async function overLast(prometheusUrl: string, seconds: number, query: string): Promise<Answer[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - seconds), end: String(end), step: "1" };
  return answers(await ask(prometheusUrl, "query_range", { query, ...range }));
}

/** The values of a label, over the series that a selector matches. */
export async function labelValues(prometheusUrl: string, label: string, selector: string): Promise<string[]> {
  return ask(prometheusUrl, `label/${label}/values`, { "match[]": selector });
}

/** Log lines of the last ten minutes. */
export async function logLines(lokiUrl: string, query: string, limit = 1000): Promise<string[]> {
  const { result } = await askLoki<{ result: { values: [string, string][] }[] }>(lokiUrl, query, limit);
  return result.flatMap(({ values }) => values.map(([, line]) => line));
}

/** A metric query to Loki over the last ten minutes. */
export async function countedLines(lokiUrl: string, query: string): Promise<Answer[]> {
  return answers(await askLoki(lokiUrl, query, 1000));
}

async function askLoki<T>(lokiUrl: string, query: string, limit: number): Promise<T> {
  const now = Date.now();
  const parameters = {
    query,
    limit: String(limit),
    start: `${now - 600_000}000000`,
    end: `${now}000000`,
    step: "1",
  };
  const url = `${lokiUrl}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as { data: T }).data;
}

interface Result {
  result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
}

function answers({ result }: Result): Answer[] {
  return result
    .map(({ metric, value, values }) => ({
      labels: metric,
      values: (values ?? (value === undefined ? [] : [value]))
        .map(([, text]) => Number(text))
        .filter(Number.isFinite),
    }))
    .filter(({ values }) => values.length > 0);
}

/** Quantiles of the random delays and of the durations, in seconds, read exactly from the log. */
export function servedQuantiles(
  log: string,
  atLeast: number,
): (quantile: number) => { delay: number; duration: number } {
  const lines = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes(`"${logFields.route}":"${measuredRoutes.drawn}"`))
    .map((line) => JSON.parse(line) as Record<string, number>);
  if (lines.length < atLeast) throw new Error(`only ${lines.length} of ${atLeast} requests are in the log`);
  const sorted = (field: string) => lines.map((line) => line[field] ?? Number.NaN).sort((a, b) => a - b);
  const delays = sorted(logFields.delay);
  const durations = sorted(logFields.duration);
  const at = (values: readonly number[], quantile: number) =>
    (values[Math.ceil(quantile * values.length) - 1] ?? Number.NaN) / 1000;
  return (quantile) => ({ delay: at(delays, quantile), duration: at(durations, quantile) });
}
