import { Command } from "commander";
import {
  type CommonOptions,
  configOption,
  exitsWith,
  jsonOption,
  stackOption,
  yesOption,
} from "../options.ts";

export interface UpOptions extends CommonOptions {
  readonly yes: boolean;
  readonly config: string[];
}

export const up = () =>
  new Command("up")
    .description("make or update the whole environment, and wait for the first latency in Prometheus")
    .addOption(stackOption())
    .addOption(configOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(exitsWith<UpOptions>(async (options) => (await import("../runs/up.ts")).bringUp(options)));
