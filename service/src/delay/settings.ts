import { choice, decimal, duration, optional, type RequiredSetting, share, text } from "../settings/kinds.ts";
import {
  type Reading,
  readEach,
  reading,
  type SettingProblem,
  type SettingTexts,
  textOf,
} from "../settings/read.ts";
import type { DelaySettings, Distribution } from "./distribution.ts";
import { type Milliseconds, parseDuration } from "./duration.ts";
import { maxWeightedEntries, parseWeighted, type Weighted } from "./weighted.ts";

const hour = 3_600_000;
const anyDelay = { from: 0, to: hour };
const someDelay = { from: 0.001, to: hour };

const shapes = ["uniform", "fixed", "exponential", "lognormal", "bimodal"] as const;
type Shape = (typeof shapes)[number];

export const delaySettings = {
  delayDistribution: shapeOrList({
    default: "uniform",
    description:
      "Distribution of the delays: `uniform`, `fixed` (always `delayMean`), `exponential`, " +
      "`lognormal` (a long tail), `bimodal` (two peaks), or a weighted list such as `150ms:10,2s:5`.",
  }),
  delayMin: duration(
    { default: "0s", description: "Minimum delay. Shorter delays are raised to it." },
    anyDelay,
  ),
  delayMax: duration(
    {
      default: "2s",
      description: "Maximum delay, also for requests that set their delay. Longer delays are lowered to it.",
    },
    anyDelay,
  ),
  delayMean: duration(
    {
      default: "300ms",
      description: "Delay of `fixed`; mean of `exponential` before `delayMin` and `delayMax` apply.",
    },
    someDelay,
  ),
  delayMedian: duration(
    { default: "200ms", description: "Median of `lognormal` before `delayMin` and `delayMax` apply." },
    someDelay,
  ),
  delaySigma: decimal(
    {
      default: "0.8",
      description: "Length of the tail of `lognormal`: the standard deviation of the delay's logarithm.",
    },
    { from: 0.01, to: 5 },
  ),
  delayFast: duration({ default: "100ms", description: "Centre of the fast peak of `bimodal`." }, someDelay),
  delaySlow: duration({ default: "1.5s", description: "Centre of the slow peak of `bimodal`." }, someDelay),
  delaySlowShare: share({
    default: "10%",
    description: "Share of requests in the slow peak of `bimodal`.",
  }),
  delaySpread: decimal(
    {
      default: "0.1",
      description: "Width of both peaks of `bimodal`: the standard deviation divided by the centre.",
    },
    { from: 0.001, to: 1 },
  ),
  delaySeed: optional(
    text(
      {
        default: "",
        description:
          "Repeats the run with this seed: the same delays and injected errors in the same order. " +
          "Unset: each start draws a new seed and logs it.",
      },
      { pattern: /^[\x21-\x7e]{1,64}$/, allowed: "1 to 64 printable characters without spaces" },
    ),
  ),
};

/** The name of a setting of the delays. */
export type DelaySettingKey = keyof typeof delaySettings;

/** Parses and validates the settings of the delays, including the rules between them. Returns all problems at once. */
export function readDelaySettings(
  texts: SettingTexts<typeof delaySettings>,
): Reading<DelaySettings & { seed: string | undefined }, DelaySettingKey> {
  const each = readEach(delaySettings, texts);
  if (each.values === undefined) return each;
  const set = each.values;
  const distribution = distributionOf(set.delayDistribution, set);

  const problems: SettingProblem<DelaySettingKey>[] = [];
  const problem = (setting: DelaySettingKey, allowed: string) => {
    problems.push({ setting, value: textOf(delaySettings, texts, setting) ?? "", allowed });
  };
  const between = `at least delayMin (${textOf(delaySettings, texts, "delayMin")}) and at most delayMax (${textOf(delaySettings, texts, "delayMax")})`;
  const outside = (delay: Milliseconds) => delay < set.delayMin || delay > set.delayMax;

  if (set.delayMin > set.delayMax) {
    problem("delayMin", `at most delayMax (${textOf(delaySettings, texts, "delayMax")})`);
  } else if (distribution.kind === "weighted") {
    if (distribution.entries.some(({ value }) => outside(value))) {
      problem("delayDistribution", `a list of delays of ${between}`);
    }
  } else {
    for (const key of centres[distribution.kind]) if (outside(set[key])) problem(key, between);
  }
  return reading({ distribution, min: set.delayMin, max: set.delayMax, seed: set.delaySeed }, problems);
}

/** The settings that must be between `delayMin` and `delayMax` if a distribution uses them. */
const centres = {
  uniform: [],
  fixed: ["delayMean"],
  exponential: ["delayMean"],
  lognormal: ["delayMedian"],
  bimodal: ["delayFast", "delaySlow"],
} as const satisfies Record<Shape, readonly DelaySettingKey[]>;

function distributionOf(
  shape: Shape | Weighted<Milliseconds>[],
  set: {
    delayMean: Milliseconds;
    delayMedian: Milliseconds;
    delaySigma: number;
    delayFast: Milliseconds;
    delaySlow: Milliseconds;
    delaySlowShare: number;
    delaySpread: number;
  },
): Distribution {
  switch (shape) {
    case "uniform":
      return { kind: "uniform" };
    case "fixed":
      return { kind: "fixed", delay: set.delayMean };
    case "exponential":
      return { kind: "exponential", mean: set.delayMean };
    case "lognormal":
      return { kind: "lognormal", median: set.delayMedian, sigma: set.delaySigma };
    case "bimodal": {
      const { delayFast: fast, delaySlow: slow, delaySlowShare: slowShare, delaySpread: spread } = set;
      return { kind: "bimodal", fast, slow, slowShare, spread };
    }
    default:
      return { kind: "weighted", entries: shape };
  }
}

function shapeOrList(about: {
  default: string;
  description: string;
}): RequiredSetting<Shape | Weighted<Milliseconds>[]> {
  const shape = choice(about, shapes);
  return {
    ...about,
    type: "distribution",
    allowed: `${shape.allowed}, or a weighted list of up to ${maxWeightedEntries} delays, such as 150ms:10,2s:5`,
    parse: (value) => shape.parse(value) ?? parseWeighted(value, parseDuration),
  };
}
