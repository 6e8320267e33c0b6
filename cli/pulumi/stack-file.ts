// Reads and writes Pulumi.<stack>.yaml directly: a hundred times faster than with the Pulumi CLI, and
// the user's comments stay.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parse, parseDocument } from "yaml";
import { isPrintable, type Problem, secretCommand, shown, UserError } from "../../stack/errors.ts";
import type { RawSettings } from "../../stack/settings/read.ts";
import { pulumiType, settingOf } from "../../stack/settings/schema.ts";
import { root, shortName } from "./paths.ts";

const prefix = "latency-lab:";

/** The name of a stack's file in the project's folder. */
export function fileOf(stack: string): string {
  return `Pulumi.${shortName(stack)}.yaml`;
}

const pathOf = (stack: string) => join(root, fileOf(stack));

function textOf(stack: string): string {
  return existsSync(pathOf(stack)) ? readFileSync(pathOf(stack), "utf8") : "";
}

function documentOf(text: string, file: string): Document {
  const document = parseDocument(text);
  if (document.errors[0]) throw notYaml(file, document.errors[0]);
  return document;
}

function notYaml(file: string, { message }: Error): UserError {
  return new UserError(
    {
      what: `${file} is not YAML`,
      why: message.split("\n")[0] ?? "",
      fix: `fix that line, or restore the file: git checkout -- ${file}`,
    },
    "input",
  );
}

/** The settings of a stack as text. Encrypted settings are empty strings. */
export function settingsInFile(stack: string): RawSettings {
  return settingsInText(textOf(stack), fileOf(stack));
}

/** The same for a file's text. */
export function settingsInText(text: string, file: string): RawSettings {
  const document = documentOf(text, file);
  let config: unknown;
  try {
    config = document.toJS()?.config;
  } catch (error) {
    // An unresolved alias, or aliases that would expand to too much memory.
    throw notYaml(file, error as Error);
  }
  const entries = Object.entries(typeof config === "object" && config !== null ? config : {})
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), asText(value)]);
  return Object.fromEntries(entries);
}

/** A key without a value is unset, and an encrypted value empty. Numbers such as NaN are kept as text. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  return "secure" in value ? "" : JSON.stringify(value);
}

/** Stores settings of the command line in the stack's file, for the next runs. */
export function writeSettings(stack: string, values: ReadonlyMap<string, string>): void {
  if (values.size === 0) return;
  const document = documentOf(textOf(stack), fileOf(stack));
  writeFileSync(pathOf(stack), withSettings(document, values));
}

/** The file's text with these settings. An empty value unsets, because Pulumi refuses it for a number or a boolean. */
export function withSettings(document: Document, values: ReadonlyMap<string, string>): string {
  for (const [key, value] of values) {
    const path = ["config", `${prefix}${key}`];
    const setting = settingOf(key);
    const isNative = setting && pulumiType(setting) !== "string" && /^(-?\d+|true|false)$/.test(value);
    if (value !== "") document.setIn(path, isNative ? parse(value) : value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * Removes the encryption salt that Pulumi writes into the stack's file, if there are no encrypted
 * settings: it is then useless, and wrong for the passphrase of a new clone.
 */
export function dropSaltWithoutSecrets(stack: string): void {
  const document = documentOf(textOf(stack), fileOf(stack));
  if (!document.has("encryptionsalt") || /^\s+secure:/m.test(document.toString())) return;
  document.delete("encryptionsalt");
  writeFileSync(pathOf(stack), document.toString({ lineWidth: 0 }));
}

/** Parses `KEY=VALUE` arguments of the command line. */
export function parseAssignments(assignments: readonly string[]): Map<string, string> {
  const problems: Problem[] = [];
  const values = new Map<string, string>();
  for (const assignment of assignments) {
    const at = assignment.indexOf("=");
    const key = assignment.slice(0, at).replace(prefix, "");
    if (at < 1) {
      problems.push({
        what: `--config ${isPrintable(assignment) ? assignment : shown(assignment)} is not KEY=VALUE`,
        why: "there is no = in it",
        fix: "--config delayMax=2s   (npm run config lists the settings)",
      });
    } else if (settingOf(key)?.secret) {
      problems.push({
        what: `--config ${key}=… would show a secret`,
        why: "command lines are visible to every user of the machine, and stored in the shell's history",
        fix: `${secretCommand(key)}   (prompts for it)`,
      });
    } else values.set(key, assignment.slice(at + 1));
  }
  if (problems.length > 0) throw new UserError(problems, "input");
  return values;
}
