import { type Milliseconds, parseDuration } from "../../service/src/delay/duration.ts";
import type { RequiredSetting } from "../../service/src/settings/kinds.ts";

/** `page`: act now. `ticket`: act within days. */
export type Severity = "page" | "ticket";

/**
 * An alert condition of the SRE workbook
 * (https://sre.google/workbook/alerting-on-slos/, "multiwindow, multi-burn-rate alerts"):
 * the long window shows that the spent budget matters, the short one that it is still
 * being spent, so that the alert resolves soon after the cause is gone.
 */
interface BurnRate {
  readonly severity: Severity;
  /** How many times faster than the objective allows. */
  readonly rate: number;
  readonly long: Milliseconds;
  readonly short: Milliseconds;
}

/** The limit of `errorBudgetPeriod`; Prometheus rejects durations above 292 years. */
const longestWindow = 8_760 * 3_600_000;

/** Parses `page=14.4:1h/5m,ticket=1:72h/6h`. */
export function burnRatesSetting(about: {
  default: string;
  description: string;
}): RequiredSetting<readonly BurnRate[]> {
  return {
    ...about,
    type: "burn rates",
    allowed:
      "one to eight of severity=rate:long/short, separated by commas, such as page=14.4:1h/5m, with windows from 1s to 8760h",
    parse: (text) => {
      const rates = text.split(",").map((one) => parseBurnRate(one.trim()));
      return rates.length <= 8 && rates.every((one) => one !== undefined) ? rates : undefined;
    },
  };
}

function parseBurnRate(text: string): BurnRate | undefined {
  const match = /^(page|ticket)=(\d{1,6}(?:\.\d{1,6})?):([^/]+)\/([^/]+)$/.exec(text);
  if (match === null) return undefined;
  const [, severity, rate, long, short] = match as unknown as [string, Severity, string, string, string];
  const windows = { long: parseDuration(long), short: parseDuration(short) };
  if (windows.long === undefined || windows.short === undefined) return undefined;
  if (Number(rate) <= 0 || windows.short < 1000 || windows.long < windows.short) return undefined;
  if (windows.long > longestWindow) return undefined;
  return { severity, rate: Number(rate), long: windows.long, short: windows.short };
}
