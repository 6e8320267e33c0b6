import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import {
  alertingRules,
  alertRouting,
  dashboards,
  datasources,
  recordingRules,
} from "../../dashboards/index.ts";
import { dashboardOptions } from "../../stack/monitoring/options.ts";
import { type CommonOptions, configOption, planOf } from "../options.ts";
import { outputFile, userPath } from "../pulumi/paths.ts";
import { parseAssignments } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayResult } from "../terminal/say.ts";

type Options = CommonOptions & { out: string; config: string[]; prometheusUrl: string; lokiUrl: string };

export const define = (command: Command) =>
  command
    .requiredOption("-o, --out <folder>", "folder to write to; existing files are replaced")
    .addOption(configOption("a setting for these files only, such as alertTimeScale=1 (repeatable)"))
    .option("--prometheus-url <url>", "where your Grafana reaches Prometheus", "http://prometheus:9090")
    .option("--loki-url <url>", "where your Grafana reaches Loki", "http://loki:3100");

/**
 * Writes the stack's dashboards, rules and datasources as files. They use its settings, but cover
 * every delayed server that a Prometheus scrapes, of any stack.
 */
export async function run(options: Options): Promise<number> {
  const { stack: _, ...input } = dashboardOptions(planOf(options.stack, parseAssignments(options.config)));
  const urls = { prometheus: options.prometheusUrl, loki: options.lokiUrl };
  const contents: Record<string, string> = {
    "rules/recording_rules.yml": stringify(recordingRules(input)),
    "rules/alerting_rules.yml": stringify(alertingRules(input)),
    "alertmanager/alertmanager.yml": stringify(alertRouting()),
    "provisioning/datasources.yaml": stringify(datasources(input, urls)),
  };
  for (const { uid, json } of await dashboards(input)) {
    contents[`dashboards/${uid}.json`] = `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
  }
  const folder = userPath(options.out);
  for (const [name, content] of Object.entries(contents))
    writeFileSync(outputFile(join(folder, name)), content);
  const files = Object.keys(contents);
  sayResult({ folder, files }, () => {
    for (const name of files) say(join(folder, name));
  });
  return exitCodes.ok;
}
