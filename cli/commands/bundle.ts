import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface BundleOptions extends CommonOptions {
  readonly out: string;
  readonly images: boolean;
}

export const bundle = () =>
  new Command("bundle")
    .description("collect what a site without internet needs, from a stack that is up here")
    .addOption(stackOption())
    .requiredOption("-o, --out <file>", "the .tgz to write")
    .option("--images", "with the images themselves, not only their list (over a gigabyte)", false)
    .addOption(jsonOption())
    .action(
      exitsWith<BundleOptions>(async (options) => (await import("../runs/bundle.ts")).makeBundle(options)),
    );
