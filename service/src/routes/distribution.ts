import type { Handler } from "hono";
import { delayProbability, delayQuantile, describeDelays } from "../delay/distribution.ts";
import { configuredQuantiles } from "../metrics/definitions.ts";
import { bucketsOf, histogramQuantile, histogramShare, observations } from "../metrics/quantile.ts";
import type { Env } from "../request.ts";
import { measuredRoutes } from "../route-names.ts";
import type { Service } from "../service.ts";
import { respond } from "./reply.ts";

/** Number of bars from 0 to the maximum delay. Two more are for the time that serving adds. */
const bars = 40;

/** `/distribution`: the served and the configured distribution as JSON, in milliseconds, from the histogram of `/`. */
export function distribution({ settings: { delay }, metrics }: Service): Handler<Env> {
  // A maximum delay of 0 gets bars for the overhead.
  const width = Math.max(delay.max, 10) / bars;
  return async (c) => {
    const { values } = await metrics.duration.get();
    const ofRoute = values
      .map(({ labels, value }) => ({ value, ...(labels as { route?: string; le?: string | number }) }))
      .filter(({ route }) => route === measuredRoutes.drawn);
    const buckets = bucketsOf(ofRoute);
    const overhead = await metrics.meanOverhead();
    const served = (time: number) => histogramShare(buckets, time / 1000);
    // Shifts the configured distribution by the overhead, to align it with the served one.
    const configured = (time: number) => (time > 0 ? delayProbability(delay, time - overhead) : 0);
    const body = {
      description: describeDelays(delay),
      requests: observations(buckets),
      in_flight: await metrics.requestsInFlight(),
      overhead_ms: rounded(overhead),
      quantiles: configuredQuantiles.map((quantile) => ({
        quantile,
        configured_ms: delayQuantile(delay, Number(quantile)),
        // As Prometheus calculates it. NaN, which JSON writes as null, until there is a request.
        served_ms: rounded(1000 * histogramQuantile(buckets, Number(quantile))),
      })),
      bars: Array.from({ length: bars + 2 }, (_, i) => {
        const [from, to] = [i * width, i > bars ? Number.POSITIVE_INFINITY : (i + 1) * width];
        return {
          from_ms: rounded(from),
          // Infinity is null in JSON.
          to_ms: rounded(to),
          served: Number((served(to) - served(from)).toFixed(6)),
          configured: Number((configured(to) - configured(from)).toFixed(6)),
        };
      }),
    };
    return respond(c, 200, `${JSON.stringify(body)}\n`, { "Content-Type": "application/json" });
  };
}

function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
