import { parseArgs } from "node:util";
import {
  environmentVariable,
  flagName,
  type Reading,
  type SettingProblem,
  type SettingTable,
} from "./setting-kinds.ts";

/** A program and its settings. */
export interface Command<Values> {
  /** The introduction of the help text. */
  description: string;
  /** The settings by group title, in the order of the help text. */
  groups: Record<string, SettingTable>;
  read: (texts: Record<string, string | undefined>) => Reading<Values>;
}

/**
 * Reads a command's settings from flags and the environment. Flags override environment variables.
 *
 * `--help` prints the help text and exits with 0. Invalid settings are all reported at once; the
 * process then exits with 2.
 */
export function settingsFromCommandLine<Values>(command: Command<Values>, args: readonly string[]): Values {
  const keys = Object.values(command.groups).flatMap(Object.keys);
  const { flags, wrong, help } = readFlags(keys, args);
  if (help) {
    process.stdout.write(helpText(command));
    process.exit(0);
  }
  const texts = keys.map((key) => [key, flags.get(key) ?? process.env[environmentVariable(key)]]);
  const { values, problems } = command.read(Object.fromEntries(texts));
  const messages = [...wrong, ...problems.map((problem) => message(problem, flags.has(problem.setting)))];
  if (values !== undefined && messages.length === 0) return values;
  const lines = messages.map((text) => `error: ${text}\n`);
  process.stderr.write(`${lines.join("")}run with --help to list all settings\n`);
  return process.exit(2);
}

function message({ setting, value, allowed }: SettingProblem, isFlag: boolean): string {
  const name = isFlag ? flagName(setting) : environmentVariable(setting);
  const text = `invalid value ${JSON.stringify(value)} for ${name}: must be ${allowed}`;
  const service = /^([A-Z0-9_]+)_PORT$/.exec(name)?.[1]?.toLowerCase().replaceAll("_", "-");
  if (service === undefined || !/^(tcp|udp|sctp):\/\//.test(value)) return text;
  return (
    `${text}\n  Kubernetes sets this variable in every pod of a namespace that has a Service named ${service}:` +
    `\n  set enableServiceLinks: false in the pod, or set ${name} explicitly`
  );
}

/** Accepts `--delay-max 1s` and `--delay-max=1s`. */
function readFlags(keys: readonly string[], args: readonly string[]) {
  const keyOf = new Map(keys.map((key) => [flagName(key), key]));
  const options = keys.map((key) => [flagName(key).slice(2), { type: "string" }] as const);
  const { tokens, values } = parseArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" }, ...Object.fromEntries(options) },
    // Strict parsing would report the first error only.
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string>();
  const wrong: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") wrong.push(`unknown setting ${JSON.stringify(token.value)}`);
    if (token.kind !== "option" || token.name === "help") continue;
    const key = keyOf.get(token.rawName);
    if (key === undefined) wrong.push(`unknown setting ${JSON.stringify(token.rawName)}`);
    else if (token.value === undefined) wrong.push(`${token.rawName} requires a value`);
    else flags.set(key, token.value);
  }
  return { flags, wrong, help: values.help === true };
}

function helpText({ description, groups }: Command<unknown>): string {
  const lines = [description, "Set each option as a flag or an environment variable. Flags take precedence."];
  for (const [title, group] of Object.entries(groups)) {
    lines.push("", `${title}:`);
    for (const [key, { type, description: about, default: fallback = "unset" }] of Object.entries(group)) {
      lines.push(`  ${flagName(key)} <${type}>, ${environmentVariable(key)} (${fallback})`);
      // Wraps at 92 characters.
      for (const line of about.match(/.{1,92}(?= |$)/g) ?? []) lines.push(`      ${line.trim()}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** If the address is unusable, prints an error without a stack trace and exits with 1. Rethrows other errors. */
export function exitWithoutAddress(
  error: NodeJS.ErrnoException & { address?: string; hostname?: string; port?: number },
): never {
  const { syscall, code = "", address, hostname = "", port } = error;
  const lines = [];
  if (syscall === "getaddrinfo") {
    lines.push(`error: cannot resolve HOST ${JSON.stringify(hostname)}: ${code}`);
    if (/^\w+-\w+-(linux|darwin|windows|mingw)/.test(hostname)) {
      lines.push("  a compiler environment such as conda sets HOST to the machine type:");
    }
    lines.push("  unset HOST to listen on all addresses, or set it to a host name or an IP address");
  } else if (syscall === "listen") {
    lines.push(`error: cannot listen on ${address}:${port}: ${listenErrors[code] ?? error.message}`);
    lines.push("  set PORT, METRICS_PORT, LOAD_PORT or HOST to listen elsewhere");
  } else throw error;
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}

const listenErrors: Record<string, string> = {
  EADDRINUSE: "the address is already in use",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "this machine does not have that address",
};
