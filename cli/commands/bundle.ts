import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { bundleChart } from "../bundle/chart.ts";
import { imagesOf, saveImages } from "../bundle/images.ts";
import { imageList, instructions } from "../bundle/instructions.ts";
import { fillNpmCache } from "../bundle/npm-cache.ts";
import { bundlePlugins } from "../bundle/pulumi.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { root, userPath } from "../pulumi/paths.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";

interface BundleOptions extends CommonOptions {
  readonly out: string;
  readonly images: boolean;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .requiredOption("-o, --out <file>", "the .tgz to write")
    .option("--images", "include the images themselves, not only their list (over 1 GB)", false)
    .addOption(jsonOption())
    .action(exitsWith(makeBundle));

/** Writes one file with everything that a site without internet access needs. */
async function makeBundle({ stack, out, images: withImages, json }: BundleOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const file = userPath(out);
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-bundle-"));
  try {
    const images = await imagesOf(plan, outputs);
    writeFileSync(join(folder, "images.txt"), imageList(images));
    say(`${images.length} images listed`);
    const chart = await bundleChart(plan, folder);
    say(`chart ${chart}`);
    await fillNpmCache(root, join(folder, "npm-cache"));
    say("npm packages of the project and of the image's build");
    const plugins = bundlePlugins(root, join(folder, "plugins"));
    say(`Pulumi plugins: ${plugins.length > 0 ? plugins.join(", ") : "none are installed here"}`);
    if (withImages) {
      await saveImages(images, join(folder, "images.tar"));
      say("the images themselves");
    }
    writeFileSync(join(folder, "README.txt"), instructions(chart, plugins, withImages));
    mkdirSync(dirname(file), { recursive: true });
    execFileSync("tar", ["-czf", file, "-C", folder, "."]);
    const mebibytes = (statSync(file).size / 2 ** 20).toFixed(0);
    if (json) sayJson({ stack, file, images, chart, plugins });
    else
      say(`\n${styled(["green", "bold"], file)} (${mebibytes} MiB): its README.txt explains how to use it`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return exitCodes.ok;
}
