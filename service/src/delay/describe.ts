import type { DelaySettings } from "./distribution.ts";
import { formatDuration } from "./duration.ts";

/** What delays are drawn from, in words. */
export function describeDelays({ distribution, min, max }: DelaySettings): string {
  const limits = `between ${formatDuration(min)} and ${formatDuration(max)}`;
  switch (distribution.kind) {
    case "uniform":
      return min === max ? `always ${formatDuration(min)}` : `uniform ${limits}`;
    case "fixed":
      return `always ${formatDuration(distribution.delay)}`;
    case "exponential":
      return `exponential with a mean of ${formatDuration(distribution.mean)}, ${limits}`;
    case "lognormal":
      return `log-normal with a median of ${formatDuration(distribution.median)}, ${limits}`;
    case "bimodal": {
      const { fast, slow, slowShare } = distribution;
      const percent = Number((slowShare * 100).toFixed(3));
      return `bimodal: ${100 - percent} % around ${formatDuration(fast)}, ${percent} % around ${formatDuration(slow)}, ${limits}`;
    }
    case "weighted": {
      const total = distribution.entries.reduce((sum, { weight }) => sum + weight, 0);
      const entries = distribution.entries.map(
        ({ value, weight }) => `${Number(((100 * weight) / total).toFixed(1))} % ${formatDuration(value)}`,
      );
      return entries.join(", ");
    }
  }
}
