import { writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { type Command, Option } from "commander";
import { quoted, UserError } from "../stack/errors.ts";
import { makePlan, type Plan } from "../stack/plan.ts";
import { readAuthorities } from "../stack/preflight/sources.ts";
import { plainSecrets, readSettings } from "../stack/settings/read.ts";
import { ensureStateDir, root, shortName } from "./pulumi/paths.ts";
import { settingsInFile } from "./pulumi/stack-file.ts";

/** Options that every command has. */
export interface CommonOptions {
  readonly stack: string;
  readonly json: boolean;
}

export const stackOption = () =>
  new Option("-s, --stack <name>", "the stack to work on")
    .argParser(stackName)
    .default("dev")
    .env("LATENCY_LAB_STACK");

/** Checks a name by Pulumi's rules; organization and project may precede it. */
function stackName(value: string): string {
  if (/^([\w.-]+\/){0,2}[A-Za-z0-9_.-]{1,100}$/.test(value)) return value;
  throw wrongInput(
    `stack = "${value}" is not allowed`,
    "a stack's name must be 1 to 100 letters, digits, `-`, `_` and `.`",
    "--stack dev",
  );
}

export function wrongInput(what: string, why: string, fix: string): UserError {
  return new UserError({ what, why, fix }, "input");
}

export const jsonOption = () =>
  new Option("--json", "print the result as one JSON document on stdout").default(false);

export const yesOption = () => new Option("-y, --yes", "do not ask for confirmation").default(false);

export const configOption = (
  what = "set and store a setting (repeatable; npm run config lists the settings)",
) =>
  new Option("-c, --config <key=value>", what)
    .argParser((value: string, previous: string[]) => [...previous, value])
    .default([] as string[], "none");

/** The checked settings of a stack, with the changes of the command line. */
export function planOf(stack: string, changes: ReadonlyMap<string, string> = new Map()): Plan {
  const raw = { ...settingsInFile(stack), ...Object.fromEntries(changes) };
  const short = shortName(stack);
  const { configuration, problems } = readSettings(raw, short);
  // Encrypted secrets are empty here, so a secret with a text is in plain text.
  const plain = plainSecrets(raw, () => false);
  if (configuration === undefined || plain.length > 0) throw new UserError([...problems, ...plain], "input");
  const plan = makePlan(configuration, short, root);
  const authorities = readAuthorities(plan);
  if (authorities !== undefined) trust(authorities);
  return plan;
}

/**
 * Makes this process and its children trust additional certificate authorities: Pulumi, its plugins
 * and Helm (SSL_CERT_FILE), curl, which downloads Pulumi, and Node.
 */
function trust(authorities: string): void {
  const system = [
    ...(tls.getCACertificates?.("default") ?? tls.rootCertificates),
    ...(tls.getCACertificates?.("system") ?? []),
  ];
  const all = [...new Set([...system, authorities])];
  const file = join(ensureStateDir(), "authorities.pem");
  writeFileSync(file, all.join("\n"));
  for (const name of ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) process.env[name] = file;
  // From Node 22.19 and 24.5 on. Older versions need NODE_EXTRA_CA_CERTS when `npm run` starts.
  tls.setDefaultCACertificates?.(all);
}

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
  const places = command.registeredArguments.map((one) => `<${one.name()}>`);
  const isClear = lacking.length === 0 || (lacking.length === 1 && places.length === 0);
  const rest = isClear
    ? [...lacking.map(({ long }) => long), ...args.map(quoted)]
    : [...lacking.map(({ flags }) => flags.replace(/^-\w, /, "")), ...places];
  // PowerShell removes unquoted dashes.
  const dashes = process.platform === "win32" ? "'--'" : "--";
  return ["npm run", command.name(), dashes, ...complete, ...rest].join(" ");
}
