import { setTimeout as sleep } from "node:timers/promises";
import { staticJob } from "../../dashboards/rules/alerting.ts";
import { UserError } from "../../stack/errors.ts";

/** One series of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asks Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/) for the data at a path. */
export async function ask<T>(
  prometheusUrl: string,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<T> {
  const url = `${prometheusUrl}/api/v1/${path}?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const body = (await response.json()) as { status: string; error?: string; data: T };
  if (body.status !== "success") throw new RefusedQuery(`Prometheus: ${body.error ?? response.status}`);
  return body.data;
}

/** A query that Prometheus does not understand: asking again would not help. */
class RefusedQuery extends Error {}

/** How long a Prometheus that is slow, or starts again, is asked for an answer. */
const patienceSeconds = 30;

/** Evaluates an expression now; asks again if an answer is late, since a busy machine is no reason to end a command. */
export async function query(prometheusUrl: string, expression: string): Promise<Sample[]> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    try {
      return await queryOnce(prometheusUrl, expression);
    } catch (error) {
      if (error instanceof RefusedQuery) throw error;
      if (Date.now() > deadline) throw noAnswer(prometheusUrl, error as Error);
      await sleep(500);
    }
  }
}

/** The same, asked once. */
export async function queryOnce(prometheusUrl: string, expression: string): Promise<Sample[]> {
  const { result } = await ask<{
    result: { metric: Record<string, string>; value: [number, string] }[];
  }>(prometheusUrl, "query", { query: expression });
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** An exemplar with the labels of its series. */
interface Exemplar {
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The exemplars of the last quarter of an hour, newest first. */
export async function exemplars(prometheusUrl: string, expression: string): Promise<Exemplar[]> {
  const end = Date.now() / 1000;
  const found = await ask<
    {
      seriesLabels: Record<string, string>;
      exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
    }[]
  >(prometheusUrl, "query_exemplars", { query: expression, start: String(end - 900), end: String(end) });
  return found
    .flatMap(({ seriesLabels: series, exemplars }) =>
      exemplars.map((one) => ({ ...one, series, value: Number(one.value) })),
    )
    .toSorted((a, b) => b.timestamp - a.timestamp);
}

function noAnswer(url: string, error: Error): UserError {
  const cause = error.cause instanceof Error ? error.cause.message : "";
  return new UserError({
    what: "Prometheus does not answer",
    why: `${url}: ${cause || error.message}, again and again for ${patienceSeconds} s`,
    fix: "npm run status   (shows what its pod waits for)",
  });
}

/** Something that Prometheus scrapes, as its API lists it. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** Every target that Prometheus scrapes. */
export async function targetsOf(prometheusUrl: string): Promise<readonly Target[]> {
  return (await ask<{ activeTargets: Target[] }>(prometheusUrl, "targets", { state: "active" }))
    .activeTargets;
}

/** Servers outside the cluster that Prometheus does not scrape: it reads a change up to a minute later. */
export function unknownTargets(targets: readonly Target[], wanted: readonly string[]): string[] {
  const known = targets
    .filter(({ labels }) => labels.job === staticJob)
    .map(({ discoveredLabels }) => discoveredLabels.__address__);
  return wanted.filter((one) => !known.includes(one));
}
