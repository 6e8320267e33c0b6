import { writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { Option } from "commander";
import { UserError } from "../stack/errors.ts";
import { makePlan, type Plan } from "../stack/plan.ts";
import { readAuthorities } from "../stack/preflight/sources.ts";
import { plainSecrets, readSettings } from "../stack/settings/read.ts";
import { ensureStateDir, root } from "./pulumi/paths.ts";
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
  const short = stack.split("/").at(-1) as string;
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
