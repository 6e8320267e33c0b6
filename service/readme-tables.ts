// `npm run generate`: writes the tables of README.md. A test fails if they are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSettingGroups } from "./src/load/settings.ts";
import { loadMetrics, type MetricDefinition, metrics, processMetrics } from "./src/metrics/definitions.ts";
import { environmentVariable, flagName, type SettingTable } from "./src/setting-kinds.ts";
import { settingGroups } from "./src/settings.ts";

const tables: Record<string, () => string> = {
  settings: () => settingsTable(settingGroups),
  "load-settings": () => settingsTable(loadSettingGroups),
  metrics: () => metricsTable(Object.values(metrics)),
  "process-metrics": () =>
    Object.values(processMetrics)
      .map(({ name }) => `\`${name}\``)
      .join(", "),
  "load-metrics": () => metricsTable(Object.values(loadMetrics)),
};

/** Returns the text with every table between its markers regenerated. Throws an error for an unknown table. */
export function documented(text: string): string {
  return text.replace(
    /(<!-- (\S+): written by readme-tables\.ts -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (whole, begin, name, end) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`unknown table ${name} in ${whole}`);
      return `${begin}\n${table()}\n\n${end}`;
    },
  );
}

export const readme = join(import.meta.dirname, "README.md");

function settingsTable(groups: Record<string, SettingTable>): string {
  const rows = Object.entries(groups).flatMap(([group, settings]) => [
    `| **${group}** | | |`,
    ...Object.entries(settings).map(([key, { default: fallback, description, allowed }]) => {
      const value = fallback === undefined ? "unset" : `\`${fallback}\``;
      return `| \`${environmentVariable(key)}\`<br>\`${flagName(key)}\` | ${value} | ${cell(`${description} ${capitalized(allowed)}.`)} |`;
    }),
  ]);
  return ["| Variable, flag | Default | Meaning |", "|---|---|---|", ...rows].join("\n");
}

function metricsTable(definitions: readonly MetricDefinition[]): string {
  const rows = definitions.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${cell(help)} |`,
  );
  return ["| Metric | Type | Labels | Meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** Capitalizes the text and removes its examples: the table shows defaults instead. */
function capitalized(allowed: string): string {
  const text = allowed.replace(/, such as .*$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (process.argv[1] === import.meta.filename) writeFileSync(readme, documented(readFileSync(readme, "utf8")));
