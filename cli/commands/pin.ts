import { Command } from "commander";
import { type CommonOptions, configOption, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface PinOptions extends CommonOptions {
  readonly out: string;
  readonly config: string[];
}

export const pin = () =>
  new Command("pin")
    .description("write the digests of all images, as their registries have them now, to pull by")
    .option("-o, --out <file>", "the list to write; a file of that name is replaced", "images.lock")
    .addOption(configOption("a setting for this list alone, such as imageMirror=HOST (repeatable)"))
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWith<PinOptions>(async (options) => (await import("../runs/pin.ts")).writePins(options)));
