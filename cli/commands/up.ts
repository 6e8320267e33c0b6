import type { Command } from "commander";
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

/** The options of the command, and what it runs. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .addOption(configOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(exitsWith<UpOptions>(async (options) => (await import("../runs/up.ts")).bringUp(options)));
