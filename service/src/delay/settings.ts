import {
  decimal,
  duration,
  type Reading,
  readEach,
  type SettingTexts,
  share,
  text,
  textOf,
  type ValuesOf,
} from "../setting-kinds.ts";
import type { DelaySettings, Distribution } from "./distribution.ts";
import { type Milliseconds, parseDuration } from "./duration.ts";
import { maxWeightedEntries, parseWeighted } from "./weighted.ts";

const hour = 3_600_000;
const anyDelay = { from: 0, to: hour };
const someDelay = { from: 0.001, to: hour };

const shapes = ["uniform", "fixed", "exponential", "lognormal", "bimodal"] as const;

export const delaySettings = {
  delayDistribution: {
    type: "distribution",
    default: "uniform",
    description:
      "Distribution of the delays: `uniform`, `fixed` (always `delayMean`), `exponential`, " +
      "`lognormal` (a long tail), `bimodal` (two peaks), or a weighted list such as `150ms:10,2s:5`.",
    allowed:
      `one of ${shapes.join(", ")}, ` +
      `or a weighted list of up to ${maxWeightedEntries} delays, such as 150ms:10,2s:5`,
    parse: (value: string) => shapes.find((shape) => shape === value) ?? parseWeighted(value, parseDuration),
  },
  delayMin: duration({
    default: "0s",
    description: "Minimum delay. Shorter delays are raised to it.",
    ...anyDelay,
  }),
  delayMax: duration({
    default: "2s",
    description:
      "Maximum delay, including for requests that set their own delay. Longer delays are lowered to it.",
    ...anyDelay,
  }),
  delayMean: duration({
    default: "300ms",
    description: "Delay of `fixed`; mean of `exponential` before `delayMin` and `delayMax` apply.",
    ...someDelay,
  }),
  delayMedian: duration({
    default: "200ms",
    description: "Median of `lognormal` before `delayMin` and `delayMax` apply.",
    ...someDelay,
  }),
  delaySigma: decimal({
    default: "0.8",
    description: "Length of the tail of `lognormal`: the standard deviation of the delay's logarithm.",
    from: 0.01,
    to: 5,
  }),
  delayFast: duration({
    default: "100ms",
    description: "Centre of the fast peak of `bimodal`.",
    ...someDelay,
  }),
  delaySlow: duration({
    default: "1.5s",
    description: "Centre of the slow peak of `bimodal`.",
    ...someDelay,
  }),
  delaySlowShare: share({ default: "10%", description: "Share of requests in the slow peak of `bimodal`." }),
  delaySpread: decimal({
    default: "0.1",
    description: "Width of both peaks of `bimodal`: the standard deviation divided by the centre.",
    from: 0.001,
    to: 1,
  }),
  delaySeed: seed("the same delays and injected errors in the same order"),
};

type DelayValues = ValuesOf<typeof delaySettings>;

/** Parses and validates the settings of the delays, including the rules between them. Returns all problems at once. */
export function readDelaySettings(
  texts: SettingTexts<typeof delaySettings>,
): Reading<DelaySettings & { seed: string | undefined }> {
  const { values, problems } = readEach(delaySettings, texts);
  if (values === undefined) return { values, problems };
  const { delayMin: min, delayMax: max, delaySeed: seed } = values;
  const distribution = distributionOf(values);

  const given = (key: keyof DelayValues) => textOf(delaySettings, texts, key) ?? "";
  const problem = (setting: keyof DelayValues, allowed: string) =>
    problems.push({ setting, value: given(setting), allowed });
  const between = `at least delayMin (${given("delayMin")}) and at most delayMax (${given("delayMax")})`;
  const outside = (delay: Milliseconds) => delay < min || delay > max;
  if (min > max) {
    problem("delayMin", `at most delayMax (${given("delayMax")})`);
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
} as const;

function distributionOf(values: DelayValues): Distribution {
  const { delayDistribution: kind, delayMean: mean, delayMedian: median, delaySigma: sigma } = values;
  const { delayFast: fast, delaySlow: slow, delaySlowShare: slowShare, delaySpread: spread } = values;
  switch (kind) {
    case "uniform":
      return { kind };
    case "fixed":
      return { kind, delay: mean };
    case "exponential":
      return { kind, mean };
    case "lognormal":
      return { kind, median, sigma };
    case "bimodal":
      return { kind, fast, slow, slowShare, spread };
    default:
      return { kind: "weighted", entries: kind };
  }
}

/** A seed that repeats a run. */
export function seed(repeated: string) {
  return text({
    description: `Repeats the run with this seed: ${repeated}. Unset: each start draws a new seed and logs it.`,
    pattern: /^[\x21-\x7e]{1,64}$/,
    allowed: "1 to 64 printable characters without spaces",
  });
}
