// `npm run generate`: brings Pulumi.yaml and the README, which list the settings, up to date with the schema.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { pulumiType, type Setting, schema, settingGroups } from "./schema.ts";

/** Pulumi.yaml with its `config` block made anew, the rest as it is. */
export function withConfig(pulumiYaml: string): string {
  const document = parseDocument(pulumiYaml);
  const config = Object.entries<Setting>(schema).map(([key, setting]) => [
    key,
    { type: pulumiType(setting), default: nativeDefault(setting), description: setting.description },
  ]);
  document.set("config", Object.fromEntries(config));
  return document.toString({ lineWidth: 0 });
}

/**
 * Pulumi wants a default for every key that may stay unset. An integer without
 * one is declared as 0, which means the same here as leaving it out.
 */
function nativeDefault(setting: Setting): string | number | boolean {
  const type = pulumiType(setting);
  if (type === "boolean") return setting.default === "true";
  if (type === "integer") return Number(setting.default ?? 0);
  return setting.default ?? "";
}

/** The settings as tables in Markdown, one for each group. */
export function settingsTables(): string {
  return Object.entries<Record<string, Setting>>(settingGroups).map(table).join("\n\n");
}

function table([group, settings]: [string, Record<string, Setting>]): string {
  const rows = Object.entries(settings).map(([key, setting]) => {
    const value = setting.default ? `\`${setting.default}\`` : "unset";
    return `| \`${key}\` | ${value} | ${setting.description} | ${setting.allowed.replaceAll("|", "\\|")} |`;
  });
  return [`**${group}**`, "", "| setting | default | meaning | allowed |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}

/** A document with the text between two markers replaced. */
export function withSection(document: string, name: string, content: string): string {
  const start = `<!-- ${name}: made by \`npm run generate\` -->`;
  const end = `<!-- /${name} -->`;
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`no section ${name}`);
  return `${before}${start}\n${content}\n${end}${after}`;
}

const root = join(import.meta.dirname, "..", "..");

function rewrite(file: string, change: (text: string) => string): void {
  const path = join(root, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

if (process.argv[1] === import.meta.filename) {
  rewrite("Pulumi.yaml", withConfig);
  rewrite("README.md", (text) => withSection(text, "settings", settingsTables()));
}
