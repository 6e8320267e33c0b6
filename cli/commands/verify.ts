import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export const verify = () =>
  new Command("verify")
    .description("check the exercise on the running stack, step by step, and say what was seen")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(
      exitsWith<CommonOptions>(async (options) => (await import("../runs/verify.ts")).verifyStack(options)),
    );
