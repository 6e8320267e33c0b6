// `npm run generate`: brings Pulumi.yaml and the README up to date with the settings.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsTables, withConfig, withSection } from "./published.ts";

const root = join(import.meta.dirname, "..", "..");

function rewrite(file: string, change: (text: string) => string): void {
  const path = join(root, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

rewrite("Pulumi.yaml", withConfig);
rewrite("README.md", (text) => withSection(text, "settings", settingsTables()));
