import { Command } from "commander";
import { type CommonOptions, configOption, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface DashboardsOptions extends CommonOptions {
  readonly out: string;
  readonly config: string[];
  readonly prometheusUrl: string;
  readonly lokiUrl: string;
}

export const dashboards = () =>
  new Command("dashboards")
    .description(
      "write dashboards, rules and datasources as files, for a Grafana and a Prometheus of your own",
    )
    .requiredOption("-o, --out <folder>", "folder to write to; files of the same names are replaced")
    .addOption(configOption("a setting for these files alone, such as alertTimeScale=1 (repeatable)"))
    .option("--prometheus-url <url>", "where your Grafana reaches Prometheus", "http://prometheus:9090")
    .option("--loki-url <url>", "where your Grafana reaches Loki", "http://loki:3100")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(
      exitsWith<DashboardsOptions>(async (options) =>
        (await import("../runs/dashboards.ts")).writeDashboards(options),
      ),
    );
