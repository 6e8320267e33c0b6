import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface LogsOptions extends CommonOptions {
  readonly follow: boolean;
  readonly since: string;
  readonly grep?: string;
}

export const logs = () =>
  new Command("logs")
    .description("print the server's log lines, as Loki has them")
    .addOption(stackOption())
    .option("-f, --follow", "go on with new lines, until Ctrl-C", false)
    .option("--since <minutes>", "how far back to begin, in minutes", "15")
    .option("--grep <text>", "only lines with this text in them")
    .addOption(jsonOption())
    .action(exitsWith<LogsOptions>(async (options) => (await import("../runs/logs.ts")).printLogs(options)));
