import type { Handler } from "hono";
import { delayQuantile, describeDelays } from "../delay/distribution.ts";
import { configuredQuantiles } from "../metrics/definitions.ts";
import { bucketsOf, histogramQuantile } from "../metrics/quantile.ts";
import type { Env } from "../request.ts";
import { measuredRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { respond } from "./reply.ts";

/** `/distribution`: the served and the configured distribution as JSON, in milliseconds. */
export function distribution({ settings, metrics }: Service): Handler<Env> {
  const description = describeDelays(settings.delay);
  return async (c) => {
    const { bounds, counts } = await bucketsOf(metrics.duration, measuredRoutes.drawn);
    const { requests, overhead, bars } = await metrics.picture.drawn();
    const body = {
      description,
      requests,
      in_flight: await metrics.requestsInFlight(),
      overhead_ms: rounded(overhead),
      quantiles: configuredQuantiles.map((quantile) => ({
        quantile,
        configured_ms: delayQuantile(settings.delay, Number(quantile)),
        // As Prometheus calculates it. NaN, which JSON writes as null, until there is a request.
        served_ms: rounded(1000 * histogramQuantile(bounds, counts, Number(quantile))),
      })),
      bars: bars.map(({ from, to, served, configured }) => ({
        from_ms: rounded(from),
        to_ms: to === undefined ? null : rounded(to),
        served: Number(served.toFixed(6)),
        configured: Number(configured.toFixed(6)),
      })),
    };
    return respond(c, 200, `${JSON.stringify(body)}\n`, { "Content-Type": "application/json" });
  };
}

function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
