import { formatDuration, type Milliseconds, parseDuration } from "./delay/duration.ts";
import { maxWeightedEntries, parseWeighted, type Weighted } from "./delay/weighted.ts";

/** A setting, parsed from the text of an environment variable, a flag or a stack's configuration. */
export interface Setting<T> {
  /** The placeholder of the value in the help text, such as `duration`. */
  type: string;
  /** The default as text; undefined if the setting is optional. */
  default: string | undefined;
  /** One or two sentences for the documentation. */
  description: string;
  /** The allowed values, as the end of the sentence "… must be". */
  allowed: string;
  /** Returns the value, or undefined if the text is invalid. */
  parse: (text: string) => T | undefined;
}

/** A setting that can be unset. */
export type OptionalSetting<T> = Setting<T> & { default: undefined };
/** A setting that always has a value. */
export type RequiredSetting<T> = Setting<T> & { default: string };

interface About {
  default: string;
  description: string;
}

/** Makes a setting optional: its value is undefined if it is unset. */
export function optional<T>({ default: _, ...setting }: RequiredSetting<T>): OptionalSetting<T> {
  return { ...setting, default: undefined };
}

/** An inclusive range. */
interface Range {
  from: number;
  to: number;
}

/** A duration with its unit. */
export function duration(about: About, range: Range): RequiredSetting<Milliseconds> {
  const allowed = `a duration from ${formatDuration(range.from)} to ${formatDuration(range.to)}, such as 250ms, 1.5s or 2m`;
  return { ...about, type: "duration", allowed, parse: (text) => within(parseDuration(text), range) };
}

/** A whole number. */
export function integer(about: About, range: Range): RequiredSetting<number> {
  const allowed = `a whole number from ${range.from} to ${range.to}`;
  const parse = (text: string) => (/^\d{1,15}$/.test(text) ? within(Number(text), range) : undefined);
  return { ...about, type: "integer", allowed, parse };
}

/** A number that can have a fraction. */
export function decimal(about: About, range: Range): RequiredSetting<number> {
  const allowed = `a number from ${range.from} to ${range.to}`;
  const form = /^\d{1,15}(\.\d{1,15})?$/;
  const parse = (text: string) => (form.test(text) ? within(Number(text), range) : undefined);
  return { ...about, type: "number", allowed, parse };
}

/** A share from 0 to 1: `0.05` or `5%`. */
export function share(about: About): RequiredSetting<number> {
  const allowed = "a share from 0 to 1, such as 0.05, or a percentage, such as 5%";
  const parse = (text: string) => {
    const [, number, percent] = /^(\d{1,3}(?:\.\d{1,12})?)(%?)$/.exec(text) ?? [];
    return within(Number(number) / (percent === "%" ? 100 : 1), { from: 0, to: 1 });
  };
  return { ...about, type: "share", allowed, parse };
}

/** `true` or `false`. */
export function flag(about: About): RequiredSetting<boolean> {
  const parse = (text: string) => (text === "true" ? true : text === "false" ? false : undefined);
  return { ...about, type: "boolean", allowed: "true or false", parse };
}

/** One of a fixed set of words. */
export function choice<const T extends string>(about: About, values: readonly T[]): RequiredSetting<T> {
  const parse = (text: string) => values.find((value) => value === text);
  return { ...about, type: "choice", allowed: `one of ${values.join(", ")}`, parse };
}

/** A text that matches a pattern. */
export function text(
  about: About,
  { pattern, allowed }: { pattern: RegExp; allowed: string },
): RequiredSetting<string> {
  return { ...about, type: "text", allowed, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/**
 * An http or https URL. Only the characters of RFC 3986, because they are safe in templates and YAML.
 * No credentials, because they would be stored in plain text.
 */
export function webUrl(about: About): RequiredSetting<string> {
  const form = /^https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,2000}$/;
  const parse = (value: string) => {
    const url = form.test(value) ? URL.parse(value) : null;
    return url !== null && url.username === "" && url.password === "" ? value : undefined;
  };
  return { ...about, type: "URL", allowed: "an http or https URL without user and password", parse };
}

/** A single value or a weighted list of values. */
export function weightedList<T>(
  about: About & { type: string },
  value: { parse: (text: string) => T | undefined; allowed: string },
): RequiredSetting<Weighted<T>[]> {
  const allowed = `${value.allowed}, or a weighted list of up to ${maxWeightedEntries} of them`;
  return { ...about, allowed, parse: (text) => parseWeighted(text, value.parse) };
}

function within(value: number | undefined, { from, to }: Range): number | undefined {
  return value !== undefined && value >= from && value <= to ? value : undefined;
}

/** Settings by name, such as `delayMin`. */
export type SettingTable = Record<string, Setting<unknown>>;

/** The parsed values of a table of settings. Settings without a default can be undefined. */
export type ValuesOf<Table extends SettingTable> = {
  [Key in keyof Table]: Table[Key] extends { default: string; parse: (text: string) => infer T }
    ? Exclude<T, undefined>
    : Table[Key] extends { parse: (text: string) => infer T }
      ? T | undefined
      : never;
};

/** The texts to parse. An empty text means unset. */
export type SettingTexts<Table extends SettingTable> = { [Key in keyof Table]?: string | undefined };

/** An invalid setting. */
export interface SettingProblem<Key extends PropertyKey = string> {
  /** The setting's name, such as `delayMin`. */
  setting: Key;
  /** The invalid text: the configured one or the default. */
  value: string;
  /** The allowed values, as the end of the sentence "… must be". */
  allowed: string;
}

/** The values, or undefined and all problems. */
export interface Reading<Values, Key extends PropertyKey = string> {
  values: Values | undefined;
  problems: SettingProblem<Key>[];
}

/** Parses each setting of a table on its own. Rules between settings are up to the caller. */
export function readEach<Table extends SettingTable>(
  table: Table,
  texts: SettingTexts<NoInfer<Table>>,
): Reading<ValuesOf<Table>, keyof Table> {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem<keyof Table>[] = [];
  for (const [key, setting] of Object.entries(table)) {
    const text = textOf(table, texts, key);
    if (text === undefined) continue;
    values[key] = setting.parse(text);
    if (values[key] === undefined) problems.push({ setting: key, value: text, allowed: setting.allowed });
  }
  return { values: problems.length === 0 ? (values as ValuesOf<Table>) : undefined, problems };
}

/** The text of a setting: the configured one or its default. */
export function textOf<Table extends SettingTable>(
  table: Table,
  texts: SettingTexts<NoInfer<Table>>,
  key: keyof NoInfer<Table>,
): string | undefined {
  const text = texts[key]?.trim();
  return text === undefined || text === "" ? table[key]?.default : text;
}

/** The environment variable of a setting: `delayMin` is `DELAY_MIN`. */
export function environmentVariable(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The flag of a setting: `delayMin` is `--delay-min`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
