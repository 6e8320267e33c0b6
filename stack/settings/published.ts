// The two places outside the code that list the settings: Pulumi.yaml and the README.

import { parseDocument } from "yaml";
import { schema, settingGroups } from "./schema.ts";
import { pulumiType, type Setting } from "./setting.ts";

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
