import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import {
  alertingRules,
  alertRouting,
  dashboards,
  datasources,
  recordingRules,
} from "../../dashboards/index.ts";
import { dashboardOptions } from "../../stack/monitoring/options.ts";
import type { DashboardsOptions } from "../commands/dashboards.ts";
import { exitCodes } from "../exit-codes.ts";
import { planOf } from "../plan.ts";
import { reserveStdoutForJson, say, sayJson } from "../terminal/say.ts";
import { userPath } from "../workspace/paths.ts";
import { parseAssignments } from "../workspace/stack-file.ts";

/**
 * Writes what the stack provisions as files: with its settings, but for every
 * delayed server that a Prometheus scrapes, whatever stack it belongs to.
 */
export async function writeDashboards(options: DashboardsOptions): Promise<number> {
  if (options.json) reserveStdoutForJson();
  const { stack: _, ...made } = dashboardOptions(planOf(options.stack, parseAssignments(options.config)));
  const urls = { prometheus: options.prometheusUrl, loki: options.lokiUrl };
  const files: Record<string, string> = {
    "rules/recording_rules.yml": stringify(recordingRules(made)),
    "rules/alerting_rules.yml": stringify(alertingRules(made)),
    "alertmanager/alertmanager.yml": stringify(alertRouting()),
    "provisioning/datasources.yaml": stringify(datasources(made, urls)),
  };
  for (const { uid, json } of await dashboards(made)) {
    files[`dashboards/${uid}.json`] = `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
  }
  const folder = userPath(options.out);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  if (options.json) sayJson({ folder, files: Object.keys(files) });
  else for (const name of Object.keys(files)) say(join(folder, name));
  return exitCodes.ok;
}
