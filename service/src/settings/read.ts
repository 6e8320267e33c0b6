import type { Setting } from "./kinds.ts";

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
