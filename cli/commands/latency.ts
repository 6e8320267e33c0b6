import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type DelaySettings, delayProbability, delayQuantile } from "../../service/src/delay/distribution.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import {
  type Buckets,
  histogramQuantile,
  histogramShare,
  observations,
} from "../../service/src/metrics/quantile.ts";
import { measuredRoutes } from "../../service/src/route-names.ts";
import { bucketsIn, query } from "../clients/prometheus.ts";
import { connect } from "../clients/reach.ts";
import type { CommonOptions } from "../options.ts";
import { stopSignal } from "../terminal/process.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

export const define = (command: Command) =>
  command
    .option("-w, --watch", "refresh every two seconds until Ctrl-C", false)
    .option("--window <duration>", "only the last part, such as 5m (default: since the server started)");

/** Shows the distribution of the latency, once or until Ctrl-C. */
export async function run(options: CommonOptions & { watch: boolean; window?: string }): Promise<number> {
  const { stack, json, watch, window } = options;
  const { plan, outputs, urls } = await connect(stack, "prometheus");
  // Requests with a random delay.
  const labels = `{namespace="${outputs.namespaces.server}",route="${measuredRoutes.drawn}"}`;
  const series = `${metrics.requestDuration.name}_bucket${labels}`;
  const counted = window === undefined ? series : `increase(${series}[${window}])`;
  const read = async () => {
    const samples = await query(urls.queries, `sum by (le) (${counted})`);
    return distributionOf(bucketsIn(samples), plan.server.delay);
  };
  if (json || !watch) {
    const found = await read();
    sayResult({ stack, ...found }, () => say(picture(found).join("\n")));
    return exitCodes.ok;
  }
  const { createLogUpdate } = await import("log-update");
  const draw = process.stdout.isTTY ? createLogUpdate(process.stdout) : say;
  const stopped = stopSignal();
  while (!stopped.aborted) {
    draw(picture(await read()).join("\n"));
    await sleep(2000);
  }
  return exitCodes.ok;
}

/** The latency distribution in Prometheus and the configured one. */
type Comparison = ReturnType<typeof distributionOf>;

const shownQuantiles = [0.5, 0.9, 0.95, 0.99];

const shownRanges = 10;

/**
 * Requests, quantiles in seconds (measured ones are NaN without requests), and ranges in seconds with the
 * measured and the configured share of requests, 0 to 1.
 */
export function distributionOf(buckets: Buckets, delays: DelaySettings) {
  const top = delays.max / 1000 || (buckets.bounds[0] ?? 1);
  const configuredBelow = (seconds: number) => delayProbability(delays, seconds * 1000);
  const step = top / shownRanges;
  const ranges = Array.from({ length: shownRanges + 1 }, (_, index) => {
    const from = index * step;
    // The last range has requests that took longer than the longest delay: serving takes time too.
    const to = index === shownRanges ? Number.POSITIVE_INFINITY : from + step;
    // The first range includes 0.
    const within = (below: (seconds: number) => number) => below(to) - (index === 0 ? 0 : below(from));
    return {
      from,
      to,
      measured: within((seconds) => histogramShare(buckets, seconds)),
      configured: within(configuredBelow),
    };
  });
  const quantiles = shownQuantiles.map((q) => ({
    q,
    measured: histogramQuantile(buckets, q),
    configured: delayQuantile(delays, q) / 1000,
  }));
  return { requests: observations(buckets), quantiles, ranges };
}

/** Columns of the longest bar. */
const width = 48;

/** The distribution as lines of text: quantiles, then a bar for each range with a mark for the configured share. */
export function picture({ requests, quantiles, ranges }: Comparison): string[] {
  const seconds = (value: number) => (Number.isNaN(value) ? "–" : `${value.toFixed(3)} s`).padStart(9);
  const rows = quantiles.map(({ q, measured, configured }) => {
    const off = ((measured - configured) / configured) * 100;
    const error = Number.isFinite(off) ? `${off >= 0 ? "+" : ""}${off.toFixed(1)} %` : "";
    return `  p${String(q * 100).padEnd(3)} ${seconds(measured)}   configured ${seconds(configured)}   ${error}`;
  });
  const largest = Math.max(...ranges.flatMap(({ measured, configured }) => [measured, configured]), 1e-9);
  const bars = ranges.map(({ from, to, measured, configured }) => {
    const range = Number.isFinite(to) ? `${from.toFixed(2)}–${to.toFixed(2)} s` : `over ${from.toFixed(2)} s`;
    const label = range.padStart(12);
    return `  ${label} ${bar(measured / largest, configured / largest)} ${`${(measured * 100).toFixed(1)} %`.padStart(7)}`;
  });
  const legend = styled("dim", "  │ marks the share expected from the configured delay");
  return [`${Math.round(requests)} requests`, ...rows, "", ...bars, legend];
}

/** `███████│   `: blocks for the measured share, a line at the configured share. */
function bar(measured: number, configured: number): string {
  const full = Math.round(measured * width);
  const mark = Math.round(configured * width);
  const cells = Array.from({ length: width + 1 }, (_, column) => {
    if (column === mark) return "│";
    return column < full ? "█" : " ";
  });
  return cells.join("");
}
