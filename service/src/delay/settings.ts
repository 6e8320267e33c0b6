import {
  choice,
  decimal,
  duration,
  optional,
  type Reading,
  type RequiredSetting,
  readEach,
  type SettingTexts,
  share,
  text,
  textOf,
  type ValuesOf,
} from "../setting-kinds.ts";
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
  delaySeed: seed("the same delays and injected errors in the same order"),
};

type DelayValues = ValuesOf<typeof delaySettings>;

/** Parses and validates the settings of the delays, including the rules between them. Returns all problems at once. */
export function readDelaySettings(
  texts: SettingTexts<typeof delaySettings>,
): Reading<DelaySettings & { seed: string | undefined }, keyof typeof delaySettings> {
  const { values, problems } = readEach(delaySettings, texts);
  if (values === undefined) return { values, problems };
  const { delayMin: min, delayMax: max, delaySeed: seed } = values;
  const distribution = distributionOf(values);

  const textOfKey = (key: keyof DelayValues) => textOf(delaySettings, texts, key) ?? "";
  const problem = (setting: keyof DelayValues, allowed: string) =>
    problems.push({ setting, value: textOfKey(setting), allowed });
  const between = `at least delayMin (${textOfKey("delayMin")}) and at most delayMax (${textOfKey("delayMax")})`;
  const outside = (delay: Milliseconds) => delay < min || delay > max;
  if (min > max) {
    problem("delayMin", `at most delayMax (${textOfKey("delayMax")})`);
  } else if (distribution.kind !== "weighted") {
    for (const key of centres[distribution.kind]) if (outside(values[key])) problem(key, between);
  } else if (distribution.entries.some(({ value }) => outside(value))) {
    problem("delayDistribution", `a list of delays of ${between}`);
  }
  return { values: problems.length === 0 ? { distribution, min, max, seed } : undefined, problems };
}

/** The settings that must be between `delayMin` and `delayMax` if a distribution uses them. */
const centres = {
  uniform: [],
  fixed: ["delayMean"],
  exponential: ["delayMean"],
  lognormal: ["delayMedian"],
  bimodal: ["delayFast", "delaySlow"],
} as const satisfies Record<Shape, readonly (keyof DelayValues)[]>;

function distributionOf(values: DelayValues): Distribution {
  switch (values.delayDistribution) {
    case "uniform":
      return { kind: "uniform" };
    case "fixed":
      return { kind: "fixed", delay: values.delayMean };
    case "exponential":
      return { kind: "exponential", mean: values.delayMean };
    case "lognormal":
      return { kind: "lognormal", median: values.delayMedian, sigma: values.delaySigma };
    case "bimodal": {
      const { delayFast: fast, delaySlow: slow, delaySlowShare: slowShare, delaySpread: spread } = values;
      return { kind: "bimodal", fast, slow, slowShare, spread };
    }
    default:
      return { kind: "weighted", entries: values.delayDistribution };
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

/** A seed that repeats a run. */
export function seed(repeated: string) {
  const description = `Repeats the run with this seed: ${repeated}. Unset: each start draws a new seed and logs it.`;
  const form = { pattern: /^[\x21-\x7e]{1,64}$/, allowed: "1 to 64 printable characters without spaces" };
  return optional(text({ default: "", description }, form));
}
