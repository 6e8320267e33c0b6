import { formatDuration, type Milliseconds, parseDuration } from "../delay/duration.ts";
import { maxWeightedEntries, parseWeighted, type Weighted } from "../delay/weighted.ts";

/** One setting, as text comes in from the environment, a flag or a stack's configuration. */
export interface Setting<T> {
  /** What kind of value it is, in a word or two. */
  type: string;
  /** The value when it is not set, as it would be written; undefined when it may stay unset. */
  default: string | undefined;
  /** What it does, in a sentence or two. */
  description: string;
  /** Which values are allowed, to end the sentence "… must be". */
  allowed: string;
  /** The value, or undefined when the text is not allowed. */
  parse: (text: string) => T | undefined;
}

/** A setting that may stay unset. */
export type OptionalSetting<T> = Setting<T> & { default: undefined };
/** A setting that always has a value. */
export type RequiredSetting<T> = Setting<T> & { default: string };

interface About {
  default: string;
  description: string;
}

/** A setting whose value is undefined when it is not set. */
export function optional<T>({ default: _, ...setting }: RequiredSetting<T>): OptionalSetting<T> {
  return { ...setting, default: undefined };
}

/** A length of time with its unit, between two others, both allowed. */
export function duration(
  about: About,
  range: { from: Milliseconds; to: Milliseconds },
): RequiredSetting<Milliseconds> {
  return {
    ...about,
    type: "duration",
    allowed: `a duration from ${formatDuration(range.from)} to ${formatDuration(range.to)}, such as 250ms, 1.5s or 2m`,
    parse: (text) => within(parseDuration(text), range),
  };
}

/** A whole number between two others, both allowed. */
export function integer(about: About, range: { from: number; to: number }): RequiredSetting<number> {
  return {
    ...about,
    type: "integer",
    allowed: `a whole number from ${range.from} to ${range.to}`,
    parse: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), range) : undefined),
  };
}

/** A number between two others, both allowed. */
export function decimal(about: About, range: { from: number; to: number }): RequiredSetting<number> {
  return {
    ...about,
    type: "number",
    allowed: `a number from ${range.from} to ${range.to}`,
    parse: (text) => (/^\d{1,15}(\.\d{1,15})?$/.test(text) ? within(Number(text), range) : undefined),
  };
}

/** A share of all requests: `0.05` or `5%`. */
export function share(about: About): RequiredSetting<number> {
  return {
    ...about,
    type: "share",
    allowed: "a share from 0 to 1, such as 0.05, or a percentage, such as 5%",
    parse: (text) => {
      const match = /^(\d{1,3}(?:\.\d{1,12})?)(%?)$/.exec(text);
      return match === null
        ? undefined
        : within(Number(match[1]) / (match[2] === "%" ? 100 : 1), { from: 0, to: 1 });
    },
  };
}

/** `true` or `false`. */
export function flag(about: About): RequiredSetting<boolean> {
  return {
    ...about,
    type: "boolean",
    allowed: "true or false",
    parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  };
}

/** One of a few words. */
export function choice<const T extends string>(about: About, values: readonly T[]): RequiredSetting<T> {
  return {
    ...about,
    type: "choice",
    allowed: `one of ${values.join(", ")}`,
    parse: (text) => values.find((value) => value === text),
  };
}

/** A text of some form. */
export function text(about: About, form: { pattern: RegExp; allowed: string }): RequiredSetting<string> {
  return {
    ...about,
    type: "text",
    allowed: form.allowed,
    parse: (value) => (form.pattern.test(value) ? value : undefined),
  };
}

/**
 * An http or https URL in the characters that RFC 3986 allows, which mean nothing to
 * templates and to YAML, and without a user's password, which would be kept in plain text.
 */
export function webUrl(about: About): RequiredSetting<string> {
  return {
    ...about,
    type: "URL",
    allowed: "an http or https URL without user and password",
    parse: (value) => {
      if (!/^https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,2000}$/.test(value) || !URL.canParse(value)) {
        return undefined;
      }
      const { username, password } = new URL(value);
      return username === "" && password === "" ? value : undefined;
    },
  };
}

/** One value of some type, or a weighted list of them. */
export function weightedList<T>(
  about: About & { type: string },
  value: { parse: (text: string) => T | undefined; allowed: string },
): RequiredSetting<Weighted<T>[]> {
  return {
    ...about,
    allowed: `${value.allowed}, or a list of up to ${maxWeightedEntries} of them with weights`,
    parse: (text) => parseWeighted(text, value.parse),
  };
}

function within(value: number | undefined, { from, to }: { from: number; to: number }): number | undefined {
  return value !== undefined && value >= from && value <= to ? value : undefined;
}
