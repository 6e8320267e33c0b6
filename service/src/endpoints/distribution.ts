import { describeDelays } from "../delay/describe.ts";
import { delayQuantile } from "../delay/distribution.ts";
import { configuredQuantiles } from "../metrics/definitions.ts";
import { histogramQuantile } from "../metrics/quantile.ts";
import { watchingRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { answer } from "./answer.ts";
import { endpoint, readOnly } from "./endpoint.ts";

/** `/distribution`: what was served so far beside what is configured, as JSON; times in milliseconds. */
export function distributionEndpoint(service: Service) {
  return endpoint(service, watchingRoutes.distribution, readOnly, (exchange) =>
    answer(service, exchange, {
      status: 200,
      body: { type: "application/json", content: `${JSON.stringify(distributionOf(service))}\n` },
    }),
  );
}

function distributionOf({ settings, meters }: Service) {
  const { bounds, counts } = meters.drawn;
  return {
    description: describeDelays(settings.delay),
    requests: meters.picture.requests,
    in_flight: meters.inFlight.value,
    overhead_ms: rounded(meters.picture.overhead),
    quantiles: configuredQuantiles.map((quantile) => ({
      quantile,
      configured_ms: delayQuantile(settings.delay, Number(quantile)),
      // As Prometheus would read it; null while there is nothing to read.
      served_ms: rounded(1000 * histogramQuantile(bounds, counts, Number(quantile))),
    })),
    bars: meters.picture.bars.map(({ from, to, served, configured }) => ({
      from_ms: rounded(from),
      to_ms: Number.isFinite(to) ? rounded(to) : null,
      served: Number(served.toFixed(6)),
      configured: Number(configured.toFixed(6)),
    })),
  };
}

function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
