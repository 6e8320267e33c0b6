import { Command } from "commander";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface SbomOptions extends CommonOptions {
  readonly out: string;
}

export const sbom = () =>
  new Command("sbom")
    .description("write what the server's image is made of, as CycloneDX, from a stack that is up here")
    .requiredOption("-o, --out <file>", "the JSON file to write")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWith<SbomOptions>(async (options) => (await import("../runs/sbom.ts")).writeSbom(options)));
