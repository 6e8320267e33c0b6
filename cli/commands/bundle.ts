import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { bundleCharts } from "../offline/chart.ts";
import { imagesOf, saveImages } from "../offline/images.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { root, userPath } from "../pulumi/paths.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

const exec = promisify(execFile);

interface BundleOptions extends CommonOptions {
  readonly out: string;
  readonly images: boolean;
}

export const define = (command: Command) =>
  command
    .requiredOption("-o, --out <file>", "the .tgz to write")
    .option("--images", "include the images themselves, not only their list (over 1 GB)", false);

/** Writes one file with everything that a site without internet access needs. */
export async function run({ stack, out, images: withImages }: BundleOptions): Promise<number> {
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const file = userPath(out);
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-bundle-"));
  try {
    const images = await imagesOf(plan, outputs);
    const list = images.map(({ reference, digest }) => {
      const bare = reference.split("@")[0];
      return digest === "" ? `${bare}\n` : `${bare}@${digest}\n`;
    });
    writeFileSync(join(folder, "images.txt"), list.join(""));
    say(`${images.length} images listed`);
    const chart = await bundleCharts(plan, folder);
    say(`chart ${chart}`);
    await fillNpmCache(join(folder, "npm-cache"));
    say("npm packages of the project and of the image's build");
    const plugins = bundlePlugins(join(folder, "plugins"));
    say(`Pulumi plugins: ${plugins.length > 0 ? plugins.join(", ") : "none are installed here"}`);
    if (withImages) {
      await saveImages(images, join(folder, "images.tar"));
      say("the images themselves");
    }
    copyFileSync(join(root, "docs", "offline.md"), join(folder, "README.md"));
    mkdirSync(dirname(file), { recursive: true });
    await exec("tar", ["-czf", file, "-C", folder, "."]);
    const mebibytes = (statSync(file).size / 2 ** 20).toFixed(0);
    sayResult({ stack, file, images, chart, plugins }, () =>
      say(`\n${styled(["green", "bold"], file)} (${mebibytes} MiB): its README.md explains how to use it`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return exitCodes.ok;
}

/**
 * Fills an npm cache with every package of both lockfiles, so that `npm ci --offline --cache DIR`
 * works without a registry.
 */
async function fillNpmCache(cache: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-bundle-"));
  try {
    // The project's lockfile includes its workspace, the service.
    for (const [name, files] of [
      ["project", ["package.json", "package-lock.json", "service/package.json"]],
      ["image", ["service/package.json", "service/package-lock.json"]],
    ] as const) {
      for (const file of files) {
        mkdirSync(dirname(join(folder, name, file)), { recursive: true });
        copyFileSync(join(root, file), join(folder, name, file));
      }
      const cwd = join(folder, name, name === "image" ? "service" : "");
      const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
      await exec("npm", ["ci", "--ignore-scripts", ...quiet, "--cache", cache], { cwd, maxBuffer: 1 << 26 });
    }
    // The logs contain paths of this machine.
    rmSync(join(cache, "_logs"), { recursive: true, force: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies the provider plugins in the SDKs' versions. Returns the names of those that are installed here. */
function bundlePlugins(folder: string): string[] {
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  return ["kubernetes", "docker"].flatMap((name) => {
    const file = join(root, "node_modules", "@pulumi", name, "package.json");
    const plugin = `resource-${name}-v${JSON.parse(readFileSync(file, "utf8")).version}`;
    if (!existsSync(join(plugins, plugin))) return [];
    cpSync(join(plugins, plugin), join(folder, plugin), { recursive: true });
    return [plugin];
  });
}
