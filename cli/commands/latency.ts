import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface LatencyOptions extends CommonOptions {
  readonly watch: boolean;
  readonly window?: string;
}

export const latency = () =>
  new Command("latency")
    .description("show the distribution of the latency against the configured one, as Prometheus has it")
    .addOption(stackOption())
    .option("-w, --watch", "again every two seconds, until Ctrl-C", false)
    .option("--window <duration>", "only the last while, such as 5m (default: since the server started)")
    .addOption(jsonOption())
    .action(
      exitsWith<LatencyOptions>(async (options) => (await import("../runs/latency.ts")).showLatency(options)),
    );
