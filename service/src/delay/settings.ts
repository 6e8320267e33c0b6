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

/** What the delays are drawn from. */
export const delaySettings = {
  delayDistribution: shapeOrList({
    default: "uniform",
    description:
      "The shape of the delays: every one as likely as any other (`uniform`), always `delayMean` (`fixed`), " +
      "waiting for chance (`exponential`), a long tail (`lognormal`), two peaks (`bimodal`), " +
      "or a list with weights such as `150ms:10,2s:5`.",
  }),
  delayMin: duration(
    { default: "0s", description: "The shortest delay; what would be shorter is cut to it." },
    anyDelay,
  ),
  delayMax: duration(
    {
      default: "2s",
      description: "The longest delay, also of those a request asks for; what would be longer is cut to it.",
    },
    anyDelay,
  ),
  delayMean: duration(
    {
      default: "300ms",
      description: "The delay when `fixed`; the mean, before cutting, when `exponential`.",
    },
    someDelay,
  ),
  delayMedian: duration(
    { default: "200ms", description: "The median, before cutting, when `lognormal`." },
    someDelay,
  ),
  delaySigma: decimal(
    {
      default: "0.8",
      description: "How long the tail is when `lognormal`: the standard deviation of the delay's logarithm.",
    },
    { from: 0.01, to: 5 },
  ),
  delayFast: duration(
    { default: "100ms", description: "The centre of the fast peak when `bimodal`." },
    someDelay,
  ),
  delaySlow: duration(
    { default: "1.5s", description: "The centre of the slow peak when `bimodal`." },
    someDelay,
  ),
  delaySlowShare: share({
    default: "10%",
    description: "The share of requests in the slow peak when `bimodal`.",
  }),
  delaySpread: decimal(
    {
      default: "0.1",
      description: "How wide both peaks are when `bimodal`: the standard deviation over the centre.",
    },
    { from: 0.001, to: 1 },
  ),
  delaySeed: optional(
    text(
      {
        default: "",
        description:
          "Repeats the run that had this seed: the same delays and faults in the same order. " +
          "Unset, every start draws a new one and logs it.",
      },
      { pattern: /^[\x21-\x7e]{1,64}$/, allowed: "1 to 64 printable characters without spaces" },
    ),
  ),
};

/** The names of the settings that the delays are drawn from. */
export type DelaySettingKey = keyof typeof delaySettings;

/** Checks the settings of the delays, each by itself and all together; every problem is found at once. */
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
      problem("delayDistribution", `a list of delays that are ${between}`);
    }
  } else {
    for (const key of centres[distribution.kind]) if (outside(set[key])) problem(key, between);
  }
  return reading({ distribution, min: set.delayMin, max: set.delayMax, seed: set.delaySeed }, problems);
}

/** The settings that place a shape, and so must lie within its limits. */
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
    allowed: `${shape.allowed}, or a list of up to ${maxWeightedEntries} delays with weights such as 150ms:10,2s:5`,
    parse: (value) => shape.parse(value) ?? parseWeighted(value, parseDuration),
  };
}
