import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { firstLineOf, UserError } from "../../stack/errors.ts";
import { docker } from "../../stack/preflight/engine.ts";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { userPath } from "../pulumi/paths.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";

interface SbomOptions extends CommonOptions {
  readonly out: string;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .requiredOption("-o, --out <file>", "the JSON file to write")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWith(writeSbom));

const exec = promisify(execFile);

/** The SBOM's path in the image. */
const inImage = "/app/sbom.json";

/** Copies the SBOM out of the image that the stack runs. */
async function writeSbom({ stack, out, json }: SbomOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const { image } = await outputsOf(stack);
  const file = userPath(out);
  mkdirSync(dirname(file), { recursive: true });
  await copyOut(image, file);
  const { components } = JSON.parse(readFileSync(file, "utf8")) as { components: unknown[] };
  if (json) sayJson({ stack, image, file, components: components.length });
  else say(`${styled(["green", "bold"], file)}: ${components.length} components of ${image}`);
  return exitCodes.ok;
}

/** Copies from a container that is created from the image but never started. */
async function copyOut(image: string, file: string): Promise<void> {
  await docker(["version", "--format", "{{.Server.Version}}"]);
  let container = "";
  try {
    const { stdout } = await exec("docker", ["create", image]);
    container = stdout.trim();
    await exec("docker", ["cp", `${container}:${inImage}`, file]);
  } catch (error) {
    throw new UserError({
      what: `the SBOM of ${image} can't be read`,
      why: firstLineOf(error),
      fix: "npm run up   (builds the image on this machine)",
    });
  } finally {
    if (container !== "") await exec("docker", ["rm", container]);
  }
}
