import { formatDuration, parseDuration } from "./delay/duration.ts";

/** What every setting says about itself. */
interface About {
  /** The default as text. Without one, the setting is optional. */
  readonly default?: string;
  /** One or two sentences for the documentation. */
  readonly description: string;
}

/** A setting, parsed from the text of an environment variable, a flag or a stack's configuration. */
export interface Setting<T = unknown> extends About {
  /** The placeholder of the value in the help text, such as `duration`. */
  readonly type: string;
  /** The allowed values, as the end of the sentence "… must be". */
  readonly allowed: string;
  /** Returns the value, or undefined if the text is invalid. */
  readonly parse: (text: string) => T | undefined;
}

/** An inclusive range. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** A duration with its unit, parsed to milliseconds. */
export function duration<A extends About & Range>(about: A) {
  const range = `${formatDuration(about.from)} to ${formatDuration(about.to)}`;
  const allowed = `a duration from ${range}, such as 250ms, 1.5s or 2m`;
  return { ...about, type: "duration", allowed, parse: (text: string) => within(parseDuration(text), about) };
}

/** A whole number. */
export function integer<A extends About & Range>(about: A) {
  const allowed = `a whole number from ${about.from} to ${about.to}`;
  return { ...about, type: "integer", allowed, parse: numberOf(/^\d{1,15}$/, about) };
}

/** A number that can have a fraction. */
export function decimal<A extends About & Range>(about: A) {
  const allowed = `a number from ${about.from} to ${about.to}`;
  return { ...about, type: "number", allowed, parse: numberOf(/^\d{1,15}(\.\d{1,15})?$/, about) };
}

/** A share from 0 to 1: `0.05` or `5%`. */
export function share<A extends About>(about: A) {
  const allowed = "a share from 0 to 1, such as 0.05, or a percentage, such as 5%";
  const parse = (text: string) => {
    const [, number, percent] = /^(\d{1,3}(?:\.\d{1,12})?)(%?)$/.exec(text) ?? [];
    return within(Number(number) / (percent === "%" ? 100 : 1), { from: 0, to: 1 });
  };
  return { ...about, type: "share", allowed, parse };
}

/** `true` or `false`. */
export function flag<A extends About>(about: A) {
  const parse = (text: string) => (text === "true" ? true : text === "false" ? false : undefined);
  return { ...about, type: "boolean", allowed: "true or false", parse };
}

/** One of a fixed set of words. */
export function choice<const T extends string, A extends About>(
  about: A & { readonly values: readonly T[] },
) {
  const parse = (text: string) => about.values.find((value) => value === text);
  return { ...about, type: "choice", allowed: `one of ${about.values.join(", ")}`, parse };
}

/** A text that matches a pattern. */
export function text<A extends About & { readonly pattern: RegExp; readonly allowed: string }>(about: A) {
  return {
    ...about,
    type: "text",
    parse: (value: string) => (about.pattern.test(value) ? value : undefined),
  };
}

/**
 * An http or https URL. Only the characters of RFC 3986, because they are safe in templates and YAML.
 * No credentials, because they would be stored in plain text.
 */
export function webUrl<A extends About>(about: A) {
  const form = /^https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,2000}$/;
  const parse = (value: string) => {
    const url = form.test(value) ? URL.parse(value) : null;
    return url !== null && url.username === "" && url.password === "" ? value : undefined;
  };
  return { ...about, type: "URL", allowed: "an http or https URL without user and password", parse };
}

function numberOf(form: RegExp, range: Range) {
  return (text: string) => (form.test(text) ? within(Number(text), range) : undefined);
}

function within(value: number | undefined, { from, to }: Range): number | undefined {
  return value !== undefined && value >= from && value <= to ? value : undefined;
}

/** Settings by name, such as `delayMin`. */
export type SettingTable = Readonly<Record<string, Setting>>;

/** The parsed values of a table of settings. Settings without a default can be undefined. */
export type ValuesOf<Table extends SettingTable> = {
  [Key in keyof Table]:
    | Exclude<ReturnType<Table[Key]["parse"]>, undefined>
    | (Table[Key] extends { default: string } ? never : undefined);
};

/** The texts to parse. An empty text means unset. */
export type SettingTexts<Table extends SettingTable> = { [Key in keyof Table]?: string | undefined };

/** An invalid setting. */
export interface SettingProblem {
  /** The setting's name, such as `delayMin`. */
  setting: string;
  /** The invalid text: the configured one or the default. */
  value: string;
  /** The allowed values, as the end of the sentence "… must be". */
  allowed: string;
}

/** The values, or undefined and all problems. */
export interface Reading<Values> {
  values: Values | undefined;
  problems: SettingProblem[];
}

/** Parses each setting of a table on its own. Rules between settings are up to the caller. */
export function readEach<Table extends SettingTable>(
  table: Table,
  texts: SettingTexts<NoInfer<Table>>,
): Reading<ValuesOf<Table>> {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const [setting, { parse, allowed }] of Object.entries(table)) {
    const value = textOf(table, texts, setting);
    if (value === undefined) continue;
    values[setting] = parse(value);
    if (values[setting] === undefined) problems.push({ setting, value, allowed });
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
