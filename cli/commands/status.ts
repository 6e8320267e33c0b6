import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export const status = () =>
  new Command("status")
    .description("show what is running, where it is reached, and what it waits for")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(
      exitsWith<CommonOptions>(async (options) => (await import("../runs/status.ts")).showStatus(options)),
    );
