import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { dockerLines } from "../../stack/docker.ts";
import { firstLineOf, UserError } from "../../stack/errors.ts";
import { askEngine } from "../../stack/preflight/engine.ts";
import type { CommonOptions } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { outputFile } from "../pulumi/paths.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

export const define = (command: Command) =>
  command.requiredOption("-o, --out <file>", "the JSON file to write");

/** Copies the SBOM out of the image that the stack runs. */
export async function run({ stack, out }: CommonOptions & { out: string }): Promise<number> {
  const { image } = await outputsOf(stack);
  const file = outputFile(out);
  await copyOut(image, file);
  const { components } = JSON.parse(readFileSync(file, "utf8")) as { components: unknown[] };
  sayResult({ stack, image, file, components: components.length }, () =>
    say(`${styled(["green", "bold"], file)}: ${components.length} components of ${image}`),
  );
  return exitCodes.ok;
}

/** Copies from a container that is created from the image but never started. */
async function copyOut(image: string, file: string): Promise<void> {
  await askEngine(["version", "--format", "{{.Server.Version}}"]);
  let container: string | undefined;
  try {
    [container = ""] = await dockerLines("create", image);
    await dockerLines("cp", `${container}:/app/sbom.json`, file);
  } catch (error) {
    throw new UserError({
      what: `the SBOM of ${image} can't be read`,
      why: firstLineOf(error),
      fix: "npm run up   (builds the image on this machine)",
    });
  } finally {
    if (container) await dockerLines("rm", container);
  }
}
