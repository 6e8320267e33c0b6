import type { Command, Option } from "commander";
import { quoted } from "../stack/errors.ts";
import { wrongInput } from "./options.ts";

/** Options that npm has too. Without them, a command is only less convenient, and `down` asks for `--yes`. */
const npmsOwn = ["yes", "json", "browser", "force"];

/** npm's meaning of our short options; `-s` is its `--silent`. */
const npmsShort: Readonly<Record<string, string>> = { "-c": "call", "-y": "yes", "-f": "force", "-s": "" };

/**
 * Refuses a command if npm consumed its options: `npm run up --stack lab` lacks the `--`, and would
 * work on another stack. npm puts options that it consumes into the environment.
 */
export function refuseOptionsKeptByNpm(command: Command, args: readonly string[]): void {
  const { npm_lifecycle_event, npm_config_loglevel } = process.env;
  if (npm_lifecycle_event !== command.name()) return;
  const kept = command.options.flatMap((option) => {
    const value = keptValue(option);
    return value === undefined ? [] : [{ option, value }];
  });
  // `npm run up -s lab`: npm runs silently, and passes on `lab`.
  const isSilent = npm_config_loglevel === "silent" && command.registeredArguments.length === 0;
  const stack = command.options.find(({ long }) => long === "--stack");
  if (stack && isSilent && args[0] && !args[0].startsWith("-")) kept.push({ option: stack, value: "true" });
  if (kept.length === 0) return;
  throw wrongInput(
    `npm did not pass on ${kept.map(({ option }) => option.long).join(" ")}`,
    "it passes on only the options after `--`; nothing was changed",
    corrected(command, kept, args),
  );
}

interface Kept {
  readonly option: Option;
  readonly value: string;
}

/** The value of an option that npm consumed; undefined if it was not given. */
function keptValue({ short = "", long = "" }: Option): string | undefined {
  return [long.replace(/^--(no-)?/, ""), npmsShort[short] ?? short.slice(1)]
    .filter((name) => name !== "" && !npmsOwn.includes(name))
    .map((name) => process.env[`npm_config_${name.replaceAll("-", "_")}`])
    .find((value) => value !== undefined);
}

/** The corrected command. A value that npm took for an argument is among the arguments. */
function corrected(command: Command, kept: readonly Kept[], args: readonly string[]): string {
  const isLacking = ({ option, value }: Kept) => option.required && value === "true";
  const lacking = kept.filter(isLacking).map(({ option }) => option);
  const complete = kept
    .filter((one) => !isLacking(one))
    // npm separates the values of a repeated option by an empty line.
    .flatMap(({ option: { long, required }, value }) =>
      required ? value.split("\n\n").map((one) => `${long} ${quoted(one)}`) : [long],
    );
  const isClear = lacking.length === 0 || (lacking.length === 1 && command.registeredArguments.length === 0);
  const rest = isClear
    ? [...lacking.map(({ long }) => long), ...args.map(quoted)]
    : [
        ...lacking.map(({ flags }) => flags.replace(/^-\w, /, "")),
        ...command.registeredArguments.map(argument),
      ];
  // PowerShell removes unquoted dashes.
  const dashes = process.platform === "win32" ? "'--'" : "--";
  return ["npm run", command.name(), dashes, ...complete, ...rest].join(" ");
}

function argument(one: { name(): string }): string {
  return `<${one.name()}>`;
}
