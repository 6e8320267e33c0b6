import { readFileSync } from "node:fs";
import { logFields } from "../../service/src/log/line.ts";
import { measuredRoutes } from "../../service/src/routes.ts";

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
