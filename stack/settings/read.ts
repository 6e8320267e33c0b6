import { objectiveProblems } from "../../dashboards/settings.ts";
import { environmentVariable, readEach, textOf } from "../../service/src/settings/read.ts";
import { readServerSettings, type ServerSettings } from "../../service/src/settings.ts";
import type { Problem } from "../errors.ts";
import { generatorSettings } from "../load/settings.ts";
import { secretCommand, setCommand } from "./fix.ts";
import { rules } from "./rules.ts";
import { type Key, type Settings, schema, serverSettings } from "./schema.ts";
import type { Setting } from "./setting.ts";
import { isPrintable, shown } from "./shown.ts";

/** What the stack's configuration holds, as text, without the project's prefix. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/** What a stack is configured to be. */
export interface Configuration {
  readonly settings: Settings;
  /** The server's own settings, as it will read them. */
  readonly server: ServerSettings;
  /** The environment variables that give the server every setting that is not its default. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for the load generator. */
  readonly loadEnvironment: Readonly<Record<string, string>>;
}

/**
 * Reads and checks every setting. All problems are returned, not just the first,
 * so that one look at the terminal mends one run.
 *
 * @param stack name of the stack, from which ports that are not set are derived
 */
export function readSettings(
  given: RawSettings,
  stack = "dev",
): { configuration: Configuration; problems: [] } | { configuration?: never; problems: Problem[] } {
  const raw = withoutZeros(given);
  const each = readEach(schema, raw);
  // The server checks its own settings together, as it does when it starts.
  const server = readServerSettings(raw);
  const wrong = new Map(
    [...each.problems, ...server.problems].map((one) => [String(one.setting), wrongValue(one)]),
  );
  const problems = [...unknownKeys(raw), ...wrong.values()];
  if (each.values === undefined || server.values === undefined || problems.length > 0) return { problems };
  const contradictions = [
    ...rules(each.values, stack),
    ...objectiveProblems(each.values, server.values.delay).map(wrongValue),
  ];
  if (contradictions.length > 0) return { problems: contradictions };
  return {
    configuration: {
      settings: each.values,
      server: server.values,
      environment: environment(raw, serverSettings),
      loadEnvironment: environment(raw, generatorSettings),
    },
    problems: [],
  };
}

/** Secrets that stand in the stack's file for everybody to read. */
export function plainSecrets(raw: RawSettings, isEncrypted: (key: string) => boolean): Problem[] {
  return Object.entries<Setting>(schema)
    .filter(([key, setting]) => setting.secret && raw[key] && !isEncrypted(key))
    .map(([key]) => ({
      what: `${key} is in plain text`,
      why: "whoever reads the stack's file, or the state, reads it too",
      fix: secretCommand(key),
    }));
}

/** The setting of that name; what every object has, such as `constructor`, is none. */
function settingOf(key: string): Setting | undefined {
  return Object.hasOwn(schema, key) ? (schema as Record<string, Setting>)[key] : undefined;
}

/** Pulumi.yaml can't declare an integer that may stay unset: there it is 0. */
function withoutZeros(raw: RawSettings): RawSettings {
  const unset = Object.keys(raw).filter((key) => {
    const setting = settingOf(key);
    return raw[key] === "0" && setting?.type === "integer" && setting.default === undefined;
  });
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !unset.includes(key)));
}

function environment(raw: RawSettings, table: Readonly<Record<string, Setting>>): Record<string, string> {
  const entries = Object.entries(table).flatMap(([key, setting]) => {
    const text = textOf(table, raw, key);
    return text === undefined || text === setting.default ? [] : [[environmentVariable(key), text]];
  });
  return Object.fromEntries(entries);
}

function wrongValue(one: { setting: PropertyKey; value: string; allowed: string }): Problem {
  const key = String(one.setting);
  const setting = settingOf(key);
  const example = setting?.example ?? setting?.default ?? "VALUE";
  return {
    what: `${key} = ${setting?.secret ? "(secret)" : shown(one.value)} is not allowed`,
    why: `${key} must be ${one.allowed}`,
    fix: setting?.secret ? secretCommand(key) : setCommand(key, example),
  };
}

/** Only a person can tell whether a line of their file is a mistake. */
const takenOut = "; in the stack's file, take its line out";

/** A misspelt key would otherwise be ignored in silence, and its default used. */
function unknownKeys(raw: RawSettings): Problem[] {
  return Object.keys(raw)
    .filter((key) => raw[key] !== undefined && settingOf(key) === undefined)
    .map((key) => {
      const meant = isPrintable(key) ? closest(key) : undefined;
      return {
        what: `${isPrintable(key) ? key : shown(key)} is not a setting of latency-lab`,
        why: meant ? `nothing reads it; did you mean ${meant}?` : "nothing reads it",
        fix: `${meant ? settingItRight(meant, raw[key] as string) : "npm run config   (lists the settings)"}${takenOut}`,
      };
    });
}

/** A secret under a misspelt name is a secret still. */
function settingItRight(key: Key, value: string): string {
  return settingOf(key)?.secret ? secretCommand(key) : setCommand(key, value);
}

/** The setting whose name differs least, when it differs little. */
function closest(key: string): Key | undefined {
  const [best] = (Object.keys(schema) as Key[])
    .map((known) => ({ known, distance: distance(key.toLowerCase(), known.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= 3 ? best.known : undefined;
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
