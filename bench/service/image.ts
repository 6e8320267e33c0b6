import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createGzip, gzipSync } from "node:zlib";
import { table } from "../measure.ts";
import { type Candidate, names } from "./candidates.ts";
import { shown } from "./figure.ts";

const tag = "delayed-server:bench";
/** The image of the measured podinfo release. */
const podinfoImage = "ghcr.io/stefanprodan/podinfo:6.9.2";
const service = join(import.meta.dirname, "..", "..", "service");

/** Compares the download size of the image, including its base, with that of podinfo. */
export async function image(all: readonly Candidate[]): Promise<void> {
  console.log("\n## Image, compressed, base included\n");
  const rows = [
    [names.ours, await ourSize()],
    [`${names.podinfo}, \`${podinfoImage}\``, publishedSize(podinfoImage)],
    [`${names.podinfo}'s executable alone, gzipped`, executableSize(all)],
  ];
  console.log(table(["", "MB"], rows));
}

/** Builds and measures the image. The variables `NODE_IMAGE` and `NPM_REGISTRY` set the build arguments. */
async function ourSize(): Promise<string> {
  const args = ["NODE_IMAGE", "NPM_REGISTRY"].flatMap((name) =>
    process.env[name] ? ["--build-arg", `${name}=${process.env[name]}`] : [],
  );
  const build = spawnSync("docker", ["build", "-q", "-t", tag, ...args, service], { encoding: "utf8" });
  if (build.status !== 0) return notMeasured(build);
  const bytes = await compressedSize(tag);
  spawnSync("docker", ["image", "rm", tag]);
  return megabytes(bytes);
}

function compressedSize(image: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const save = spawn("docker", ["save", image], { stdio: ["ignore", "pipe", "inherit"] });
    save.on("error", reject);
    save.stdout
      .pipe(createGzip())
      .on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      })
      .on("end", () => resolve(bytes));
  });
}

/** The sum of the layers in the registry's manifest. */
function publishedSize(image: string): string {
  const inspect = spawnSync("docker", ["manifest", "inspect", "--verbose", image], { encoding: "utf8" });
  if (inspect.status !== 0) return notMeasured(inspect);
  const manifests = [JSON.parse(inspect.stdout)].flat() as Manifest[];
  const mine = manifests.find(({ Descriptor: { platform } }) => platform?.architecture === "amd64");
  const layers = (mine?.OCIManifest ?? mine?.SchemaV2Manifest)?.layers ?? [];
  return megabytes(layers.reduce((sum, { size }) => sum + size, 0));
}

interface Manifest {
  Descriptor: { platform?: { architecture: string } };
  OCIManifest?: { layers: { size: number }[] };
  SchemaV2Manifest?: { layers: { size: number }[] };
}

/** A lower bound for the image, which also contains Alpine, curl and a second executable. */
function executableSize(all: readonly Candidate[]): string {
  const file = all.find(({ name }) => name === names.podinfo)?.command(0)[0];
  return file === undefined ? "not measured: it is missing" : megabytes(gzipSync(readFileSync(file)).length);
}

function notMeasured({ error, stderr }: { error?: Error; stderr: string | null }): string {
  return `not measured: ${error?.message ?? stderr?.trim().split("\n").at(-1)}`;
}

function megabytes(bytes: number): string {
  return shown(bytes / 1e6);
}
