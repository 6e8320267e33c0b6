// The settings of objectives and alerts. The stack adds them to its own.
import type { DelaySettings } from "../service/src/delay/distribution.ts";
import {
  duration,
  integer,
  optional,
  type RequiredSetting,
  share,
  webUrl,
} from "../service/src/settings/kinds.ts";
import type { SettingProblem, ValuesOf } from "../service/src/settings/read.ts";
import { burnRatesSetting } from "./rules/burn-rates.ts";
import { latencyBounds } from "./rules/threshold.ts";

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

/** Settings that are valid one by one but do not fit together. */
export function objectiveProblems(
  settings: ObjectiveSettings,
  delays: DelaySettings,
): SettingProblem<keyof typeof objectiveSettings>[] {
  const problems: SettingProblem<keyof typeof objectiveSettings>[] = [];
  const highest = Math.max(...latencyBounds(delays));
  if (settings.latencyThreshold !== undefined && settings.latencyThreshold / 1000 > highest) {
    problems.push({
      setting: "latencyThreshold",
      value: `${settings.latencyThreshold / 1000}s`,
      allowed: `at most ${highest}s, the last bound of the histogram that follows from the delays`,
    });
  }
  const fastest = Math.max(...settings.burnRates.map(({ rate }) => rate));
  for (const key of ["availabilityObjective", "latencyObjective"] as const) {
    const possible = Number((1 / (1 - settings[key])).toPrecision(6));
    if (fastest < possible) continue;
    problems.push({
      setting: key,
      value: String(settings[key]),
      allowed: `above ${Number((1 - 1 / fastest).toPrecision(4))}: even if every request failed, its budget would burn only ${possible} times too fast, and burnRates asks for ${fastest}`,
    });
  }
  return problems;
}

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
