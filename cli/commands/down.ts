import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption, yesOption } from "../options.ts";

export interface DownOptions extends CommonOptions {
  readonly yes: boolean;
}

export const down = () =>
  new Command("down")
    .description("take the whole environment away, and prove that nothing is left")
    .addOption(stackOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(exitsWith<DownOptions>(async (options) => (await import("../runs/down.ts")).takeDown(options)));
