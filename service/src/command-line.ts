import { parseArgs } from "node:util";
import {
  environmentVariable,
  flagName,
  type Reading,
  type SettingProblem,
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
  const keys = Object.keys(command.settings);
  const { flags, wrong, help } = readFlags(keys, args);
  if (help) {
    process.stdout.write(helpText(command));
    process.exit(0);
  }
  const texts = Object.fromEntries(
    keys.map((key) => [key, flags.get(key) ?? environment[environmentVariable(key)]]),
  ) as SettingTexts<Table>;
  const { values, problems } = command.read(texts);
  const messages = [...wrong, ...problems.map((problem) => message(problem, flags))];
  if (values !== undefined && messages.length === 0) return values;
  for (const text of messages) process.stderr.write(`error: ${text}\n`);
  process.stderr.write("--help lists every setting\n");
  return process.exit(2);
}

function message(
  { setting, value, allowed }: SettingProblem<PropertyKey>,
  flags: ReadonlyMap<string, string>,
): string {
  const key = String(setting);
  if (flags.has(key)) return `${flagName(key)} is ${JSON.stringify(value)}, and must be ${allowed}`;
  const name = environmentVariable(key);
  const text = `${name} is ${JSON.stringify(value)}, and must be ${allowed}`;
  const service = /^([A-Z0-9_]+)_PORT$/.exec(name)?.[1]?.toLowerCase().replaceAll("_", "-");
  if (service === undefined || !/^(tcp|udp|sctp):\/\//.test(value)) return text;
  return (
    `${text}\n  Kubernetes sets it so in every pod of a namespace with a Service named ${service}:` +
    `\n  set enableServiceLinks: false for the pod, or ${name} itself`
  );
}

/** Reads `--delay-max 1s` and `--delay-max=1s`. */
function readFlags(keys: readonly string[], args: readonly string[]) {
  const options = keys.map((key) => [flagName(key).slice(2), { type: "string" }] as const);
  const { tokens } = parseArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" }, ...Object.fromEntries(options) },
    // Everything wrong is to be said at once, and not the first thing alone.
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string>();
  const wrong: string[] = [];
  let help = false;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      const before = tokens[i - 1];
      // What follows an unknown flag is most likely its value, and no setting either.
      const ofUnknown = before?.kind === "option" && before.value === undefined && before.name !== "help";
      if (!ofUnknown) wrong.push(`there is no setting ${JSON.stringify(token.value)}`);
      continue;
    }
    const key = keys.find((one) => flagName(one) === token.rawName);
    if (token.name === "help") help = true;
    else if (key === undefined) wrong.push(`there is no setting ${JSON.stringify(token.rawName)}`);
    else if (token.value === undefined) wrong.push(`${token.rawName} needs a value`);
    else flags.set(key, token.value);
  }
  return { flags, wrong, help };
}

function helpText<Values, Table extends SettingTable>(command: Command<Values, Table>): string {
  const { description, groups } = command;
  const lines = [description, "Every setting is a flag or an environment variable; flags win.", ""];
  for (const [title, group] of Object.entries(groups)) {
    lines.push(`${title}:`);
    for (const [key, setting] of Object.entries(group as SettingTable)) {
      lines.push(
        `  ${flagName(key)} <${setting.type}>, ${environmentVariable(key)} (${setting.default ?? "unset"})`,
        // Up to 92 characters a line, broken between words.
        ...(setting.description.match(/.{1,92}(?= |$)/g) ?? []).map((line) => `      ${line.trim()}`),
      );
    }
    lines.push("");
  }
  return lines.join("\n");
}
