import { setTimeout as sleep } from "node:timers/promises";
import { output } from "@pulumi/pulumi";
import { metrics } from "../../service/src/metrics/definitions.ts";
import type { Outputs } from "../../stack/outputs.ts";
import type { Plan } from "../../stack/plan.ts";
import { queryOnce, storeDelay, targetsOf, unknownTargets } from "../clients/prometheus.ts";
import { queriesAt, reach } from "../clients/reach.ts";
import type { OutputValues } from "../pulumi/outputs.ts";
import type { Stages } from "../terminal/stages.ts";

/** How long to wait for the first latency when everything is ready, in addition to two scrapes. */
const latencySeconds = 15;

/** How long the kubelet and Prometheus can take to reload a changed configuration. */
const reloadSeconds = 100;

/** The outputs that the search needs. */
type Queried = Pick<
  OutputValues,
  "serverUrl" | "prometheusUrl" | "grafanaUrl" | "grafanaUser" | "grafanaPassword"
>;

/**
 * Waits for the first latency: `up` is done when a quantile can be read from Prometheus, not when
 * pods are ready.
 */
export function firstLatency(plan: Plan, stages: Stages) {
  const { settings, names } = plan;
  const { scrapeInterval, scrapeTargets } = settings;
  const stop = new AbortController();
  let found: Promise<number | undefined> | undefined;

  /** Sends requests until Prometheus shows their latency and scrapes all targets. */
  async function search(
    urls: Record<"server" | "prometheus" | "queries", string>,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const buckets = `${metrics.requestDuration.name}_bucket{namespace="${names.serverNamespace}"}`;
    let answered = 0;
    let median: number | undefined;
    const send = async () => {
      const response = await fetch(urls.server, { signal: AbortSignal.timeout(10_000) });
      await response.text();
      answered += 1;
    };
    stages.start("data", "the server's first response");
    while (!signal.aborted) {
      // Not awaited: a response takes up to the configured delay.
      void send().catch(() => {});
      if (answered > 0 && median === undefined)
        stages.start("data", `requests answered: ${answered}; waiting for the next scrape`);
      try {
        const expression = `histogram_quantile(0.5, sum by (le) (${buckets}))`;
        const [sample] = await queryOnce(urls.queries, expression);
        if (sample && Number.isFinite(sample.value)) {
          median = sample.value;
          const targets = scrapeTargets.length === 0 ? [] : await targetsOf(plan, urls);
          const unknown = unknownTargets(targets, scrapeTargets);
          if (unknown.length === 0) {
            stages.end("data", "done");
            return median;
          }
          stages.start("data", `Prometheus reloads its targets: ${unknown.join(", ")}`);
        }
      } catch {
        // Prometheus does not answer yet.
      }
      await sleep(500, undefined, { signal }).catch(() => {});
    }
    return median;
  }

  const startAt = (outputs: Queried): void => {
    const { serverUrl: server, prometheusUrl: prometheus, grafanaUrl: grafana } = outputs;
    const queries = queriesAt(plan, { prometheus, grafana }, outputs);
    found = search({ server, prometheus, queries }, stop.signal);
  };

  return {
    startAt,
    /** Starts as soon as the URLs are known, long before the release is ready. */
    start(outputs: Outputs): void {
      const { serverUrl, prometheusUrl, grafanaUrl, grafanaUser, grafanaPassword } = outputs;
      output({ serverUrl, prometheusUrl, grafanaUrl, grafanaUser, grafanaPassword }).apply(startAt);
    },
    stop: () => stop.abort(),
    /** The median in seconds, once everything is ready; undefined if Prometheus has none in time. */
    async median(outputs: OutputValues): Promise<number | undefined> {
      const reload = scrapeTargets.length > 0 ? reloadSeconds : 0;
      const seconds = latencySeconds + 2 * scrapeInterval + storeDelay(settings) + reload;
      const timer = setTimeout(() => stop.abort(), seconds * 1000);
      const median = await found;
      clearTimeout(timer);
      if (median !== undefined) return median;
      const { urls, forwarded } = await reach(plan, outputs, ["prometheus", "server"]);
      if (forwarded.length === 0) return undefined; // NodePorts answer, but there is no data yet.
      return search(urls, AbortSignal.timeout(seconds * 1000));
    },
  };
}
