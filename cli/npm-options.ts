import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Argument, Command, Option } from "commander";
import { quoted, UserError } from "../stack/errors.ts";

/** npm's own options that have the same name as an option of a command. */
const npmsOwn = ["yes", "json", "browser", "force"];

/** npm's meaning of our short options; `-s` is its `--silent`. */
const npmsShort: Readonly<Record<string, string>> = { "-c": "call", "-y": "yes", "-f": "force", "-s": "" };

/**
 * Refuses a command if npm consumed its options: `npm run up --stack lab` lacks the `--`, and would
 * work on another stack. npm puts options that it consumes into the environment.
 */
export function refuseOptionsKeptByNpm(
  command: Command,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): void {
  if (environment.npm_lifecycle_event !== command.name()) return;
  const kept = command.options.flatMap((option) => {
    const value = keptValue(option, environment);
    return value === undefined ? [] : [{ option, value }];
  });
  const stack = command.options.find(({ long }) => long === "--stack");
  if (isStackAfterSilent(command, args, environment) && stack) kept.push({ option: stack, value: "true" });
  if (kept.length === 0) return;
  throw new UserError(
    {
      what: `npm did not pass on ${kept.map(({ option }) => option.long).join(" ")}`,
      why: "it passes on only the options after `--`; nothing was changed",
      fix: corrected(command, kept, args),
    },
    "input",
  );
}

interface Kept {
  readonly option: Option;
  readonly value: string;
}

/** The value of an option that npm consumed; undefined if it was not given. */
function keptValue(option: Option, environment: NodeJS.ProcessEnv): string | undefined {
  const short = option.short ?? "";
  const long = (option.long ?? "").replace(/^--(no-)?/, "");
  for (const name of [long, npmsShort[short] ?? short.slice(1)]) {
    const value = environment[`npm_config_${name.replaceAll("-", "_")}`];
    if (name === "" || value === undefined) continue;
    // npm writes `false` as an empty string.
    const isOn = !["", "false"].includes(value) !== option.negate;
    if (!npmsOwn.includes(name) || (isOn && !isSetElsewhere(name, environment))) return value;
  }
  return undefined;
}

/** `npm run up -s lab`: npm runs silently, and passes on `lab`. */
function isStackAfterSilent(
  command: Command,
  [first]: readonly string[],
  { npm_config_loglevel }: NodeJS.ProcessEnv,
): boolean {
  const isArgument = first !== undefined && !first.startsWith("-");
  return npm_config_loglevel === "silent" && command.registeredArguments.length === 0 && isArgument;
}

/** Whether an option was meant for npm: it is set in a `.npmrc` or in npm's environment. */
function isSetElsewhere(name: string, environment: NodeJS.ProcessEnv): boolean {
  const { npm_config_userconfig, npm_config_globalconfig, npm_config_local_prefix = "." } = environment;
  const files = [npm_config_userconfig, npm_config_globalconfig, join(npm_config_local_prefix, ".npmrc")];
  const line = new RegExp(`^\\s*${name}\\s*(=\\s*true\\s*)?$`, "m");
  return (
    files.some((file) => file && existsSync(file) && line.test(readFileSync(file, "utf8"))) || ofNpm(name)
  );
}

/** Whether npm was started with a variable for the option. Known on Linux only. */
function ofNpm(name: string): boolean {
  try {
    for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("npm ")) continue;
      return new RegExp(`(^|\\0)npm_config_${name}=`, "i").test(readFileSync(`/proc/${pid}/environ`, "utf8"));
    }
  } catch {
    // No /proc, or another user's process.
  }
  return false;
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

/** The corrected command. A value that npm took for an argument is among the arguments. */
function corrected(command: Command, kept: readonly Kept[], args: readonly string[]): string {
  const lacking = kept.filter(({ option, value }) => option.required && value === "true");
  const complete = kept.filter((one) => !lacking.includes(one)).flatMap(spelling);
  const isClear = lacking.length === 0 || (lacking.length === 1 && command.registeredArguments.length === 0);
  const rest = isClear
    ? [...lacking.map(({ option }) => option.long), ...args.map(quoted)]
    : [...lacking.map(({ option }) => placeholder(option)), ...command.registeredArguments.map(upper)];
  // PowerShell removes unquoted dashes.
  const dashes = process.platform === "win32" ? "'--'" : "--";
  return ["npm run", command.name(), dashes, ...complete, ...rest].join(" ");
}

function spelling({ option, value }: Kept): string[] {
  const flag = option.long ?? "";
  // npm separates the values of a repeated option by an empty line.
  return option.required ? value.split("\n\n").map((one) => `${flag} ${quoted(one)}`) : [flag];
}

function placeholder({ long, flags }: Option): string {
  return `${long} ${/<(.*)>/.exec(flags)?.[1]?.toUpperCase()}`;
}

function upper(argument: Argument): string {
  return argument.name().toUpperCase();
}
