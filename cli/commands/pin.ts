import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { Command } from "commander";
import { type Problem, UserError } from "../../stack/errors.ts";
import { pulledImages } from "../../stack/preflight/sources.ts";
import { imageReference } from "../../stack/server/digests.ts";
import { digestOfImage, placeOf } from "../offline/digest.ts";
import { type CommonOptions, configOption, planOf } from "../options.ts";
import { root, userPath } from "../pulumi/paths.ts";
import { parseAssignments } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

interface PinOptions extends CommonOptions {
  readonly out: string;
  readonly config: string[];
}

export const define = (command: Command) =>
  command
    .option("-o, --out <file>", "the file to write; an existing one is replaced", "images.lock")
    .addOption(configOption("a setting for this list only, such as imageMirror=HOST (repeatable)"));

/**
 * Writes the list for the setting `imageDigests`, either completely or not at all. It queries
 * registries rather than the running stack, because the list is needed before the first `up`.
 */
export async function run({ stack, out, config }: PinOptions): Promise<number> {
  const { settings } = planOf(stack, parseAssignments(config));
  const problems: Problem[] = [];
  const images = await Promise.all(
    pulledImages(settings).map(async (reference) => {
      const place = placeOf(reference, settings);
      try {
        return { reference, digest: await digestOfImage(place) };
      } catch (error) {
        problems.push({
          what: `the digest of ${reference} can't be read`,
          why: (error as Error).message,
          fix: "check the name and the network, or use a mirror: npm run pin -- --config imageMirror=HOST",
        });
        return { reference, digest: "" };
      }
    }),
  );
  if (problems.length > 0) throw new UserError(problems, "readiness");
  const file = userPath(out);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, listOf(images));
  const setting = relative(root, file).startsWith("..") ? file : relative(root, file);
  sayResult({ stack, file, images }, () => {
    say(`${styled(["green", "bold"], file)}: ${images.length} images with their digests`);
    say(
      `to use them:  npm run up -- --config imageDigests=${setting}${stack === "dev" ? "" : ` --stack ${stack}`}`,
    );
  });
  return exitCodes.ok;
}

function listOf(images: readonly { reference: string; digest: string }[]): string {
  const lines = images.map(
    ({ reference, digest }) => `${reference}${imageReference(reference).tag ? "" : ":latest"}@${digest}`,
  );
  return `# Written by npm run pin, for the setting imageDigests.\n${lines.join("\n")}\n`;
}
