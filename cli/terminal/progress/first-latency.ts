import { setTimeout as sleep } from "node:timers/promises";
import { queryOnce, targetsOf, unknownTargets } from "../../clients/prometheus.ts";
import type { Stages } from "./stages.ts";

export interface Where {
  readonly serverUrl: string;
  readonly prometheusUrl: string;
  /** The server's namespace. */
  readonly namespace: string;
  /** Servers outside the cluster that Prometheus must scrape. @default none */
  readonly scrapeTargets?: readonly string[];
}

/**
 * Sends requests until Prometheus shows their latency: `up` is done when a quantile can be read,
 * not when pods are ready. Returns the median in seconds, or undefined if aborted before.
 */
export async function firstLatency(
  where: Where,
  stages: Stages,
  signal: AbortSignal,
): Promise<number | undefined> {
  const selector = `{namespace="${where.namespace}"}`;
  const median = `histogram_quantile(0.5, sum by (le) (http_request_duration_seconds_bucket${selector}))`;
  let answered = 0;
  let seen: number | undefined;
  stages.start("data", "the server's first response");
  while (!signal.aborted) {
    // Not awaited: a response takes up to the configured delay.
    void fetch(where.serverUrl, { signal: AbortSignal.timeout(10_000) })
      .then((response) => response.text())
      .then(
        () => {
          answered += 1;
        },
        () => {},
      );
    if (answered > 0 && seen === undefined)
      stages.start("data", `${answered} requests answered; waiting for the next scrape`);
    try {
      const [sample] = await queryOnce(where.prometheusUrl, median);
      if (sample && Number.isFinite(sample.value)) {
        seen = sample.value;
        const unknown = await unknownOf(where);
        if (unknown.length === 0) {
          stages.end("data", "done");
          return seen;
        }
        stages.start("data", `Prometheus reloads its targets: ${unknown.join(", ")}`);
      }
    } catch {
      // Prometheus does not answer yet.
    }
    await sleep(500, undefined, { signal }).catch(() => {});
  }
  return seen;
}

async function unknownOf({ prometheusUrl, scrapeTargets = [] }: Where): Promise<string[]> {
  return scrapeTargets.length === 0 ? [] : unknownTargets(await targetsOf(prometheusUrl), scrapeTargets);
}
