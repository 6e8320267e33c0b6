import {
  environmentVariable,
  flagName,
  type Problem,
  type Reading,
  type SettingTable,
  type SettingTexts,
} from "./settings/read.ts";

/** A program that is run with settings. */
export interface Command<Values, Table extends SettingTable> {
  /** What it is, in a sentence. */
  description: string;
  /** The settings in groups with titles, in the order in which they are explained. */
  groups: Record<string, Partial<Table>>;
  settings: Table;
  read: (texts: SettingTexts<Table>) => Reading<Values, keyof Table>;
}

/**
 * A command's settings from flags and the environment; flags win. Prints help
 * and ends the process with 0 when asked to; prints everything that is wrong
 * and ends it with 2.
 */
export function settingsFromCommandLine<Values, Table extends SettingTable>(
  command: Command<Values, Table>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Values {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help(command));
    process.exit(0);
  }
  const keys = Object.keys(command.settings);
  const { flags, wrong } = readFlags(keys, args);
  const texts = Object.fromEntries(
    keys.map((key) => [key, flags.get(key) ?? environment[environmentVariable(key)]]),
  ) as SettingTexts<Table>;
  const { values, problems } = command.read(texts);
  const messages = [...wrong, ...problems.map((problem) => message(problem, flags))];
  if (messages.length === 0) return values as Values;
  for (const text of messages) process.stderr.write(`error: ${text}\n`);
  process.stderr.write("--help lists every setting\n");
  return process.exit(2);
}

function message(
  { setting, value, allowed }: Problem<PropertyKey>,
  flags: ReadonlyMap<string, string>,
): string {
  const key = String(setting);
  const name = flags.has(key) ? flagName(key) : environmentVariable(key);
  return `${name} is ${JSON.stringify(value)}, and must be ${allowed}`;
}

/** Reads `--delay-max 1s` and `--delay-max=1s`. */
function readFlags(keys: readonly string[], args: readonly string[]) {
  const keyOf = new Map(keys.map((key) => [flagName(key), key]));
  const flags = new Map<string, string>();
  const wrong: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [name = "", ...rest] = (args[i] as string).split("=");
    const key = keyOf.get(name);
    if (key === undefined) {
      wrong.push(`there is no setting ${JSON.stringify(name)}`);
      // What follows is most likely its value, and no setting either.
      if (rest.length === 0 && args[i + 1]?.startsWith("--") === false) i++;
      continue;
    }
    const value = rest.length > 0 ? rest.join("=") : args[++i];
    if (value === undefined) wrong.push(`${name} needs a value`);
    else flags.set(key, value);
  }
  return { flags, wrong };
}

function help<Values, Table extends SettingTable>({ description, groups }: Command<Values, Table>): string {
  const lines = [description, "Every setting is a flag or an environment variable; flags win.", ""];
  for (const [title, group] of Object.entries(groups)) {
    lines.push(`${title}:`);
    for (const [key, setting] of Object.entries(group as SettingTable)) {
      lines.push(
        `  ${flagName(key)} <${setting.type}>, ${environmentVariable(key)} (${setting.default ?? "unset"})`,
        ...wrapped(setting.description, 92).map((line) => `      ${line}`),
      );
    }
    lines.push("");
  }
  return lines.join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) as string;
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
