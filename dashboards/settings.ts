// The settings of objectives and alerts. The stack adds them to its own.

import { type Milliseconds, parseDuration } from "../service/src/delay/duration.ts";
import type { ValuesOf } from "../service/src/setting-kinds.ts";
import {
  duration,
  integer,
  optional,
  type RequiredSetting,
  share,
  webUrl,
} from "../service/src/setting-kinds.ts";

/** The server's objectives, and when to alert. */
export const objectiveSettings = {
  availabilityObjective: objective({
    default: "99%",
    description: "Share of requests that must not fail with a status of 500 or above.",
  }),
  latencyObjective: objective({
    default: "95%",
    description: "Share of requests that must not take longer than `latencyThreshold`.",
  }),
  latencyThreshold: {
    ...optional(
      duration(
        {
          default: "",
          description:
            "Longest duration that counts as fast enough for `latencyObjective`, rounded up to a bucket bound. " +
            "Unset: the lowest bound at which the configured delays use at most half of the error budget.",
        },
        { from: 1, to: 3_600_000 },
      ),
    ),
    example: "1.5s",
  },
  errorBudgetPeriod: duration(
    {
      default: "720h",
      description: "Period over which an objective must be met, and its error budget may be spent.",
    },
    { from: 3_600_000, to: 8_760 * 3_600_000 },
  ),
  burnRates: burnRatesSetting({
    default: "page=14.4:1h/5m,page=6:6h/30m,ticket=1:72h/6h",
    description:
      "When to alert: the severity, the burn rate (how many times faster than allowed the error budget is spent), " +
      "and the long and the short window over both of which it must be exceeded. The defaults are those of the SRE workbook.",
  }),
  alertTimeScale: integer(
    {
      default: "60",
      description:
        "Factor by which `errorBudgetPeriod` and the windows of `burnRates` are shortened, " +
        "so that you can watch an alert fire and resolve: with 60, an hour becomes a minute. Use 1 in production.",
    },
    { from: 1, to: 3600 },
  ),
  runbookUrl: {
    ...optional(
      webUrl({
        default: "",
        description:
          "URL at which a browser finds `docs/alerts.md`. Every alert links to its section there (annotation `runbook_url`). " +
          "Unset: the annotation `runbook` names the section.",
      }),
    ),
    example: "https://git.example.com/latency-lab/docs/alerts.md",
  },
};

/** The values of these settings. */
export type ObjectiveSettings = ValuesOf<typeof objectiveSettings>;

function objective(about: { default: string; description: string }): RequiredSetting<number> {
  const any = share(about);
  return {
    ...any,
    allowed: "a share from 50% to 99.99%",
    parse: (value) => {
      const parsed = any.parse(value);
      if (parsed === undefined || parsed < 0.5 || parsed > 0.9999) return undefined;
      // Otherwise 99.9 / 100 would show as 0.9990000000000001.
      return Number(parsed.toPrecision(12));
    },
  };
}

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
function burnRatesSetting(about: {
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
