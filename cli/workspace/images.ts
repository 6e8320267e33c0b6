import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Every stage of the server's Dockerfile carries it. */
const builtLabel = "label=latency-lab.image=delayed-server";

/**
 * Removes what building the server's image left in the engine, which Pulumi
 * never does: the stack's own tag, and layers and containers of builds that
 * nothing refers to any more. Images that were pulled stay.
 */
export async function removeBuiltImages(repositories: readonly string[], stack: string): Promise<string[]> {
  const removed: string[] = [];
  for (const repository of repositories) {
    const tag = `${repository}:${stack}`;
    if ((await lines(["image", "ls", "--quiet", tag])).length === 0) continue;
    await exec("docker", ["image", "rm", "--force", tag]);
    removed.push(`image ${tag}`);
  }
  const containers = await lines([
    "ps",
    "--all",
    "--quiet",
    "--filter",
    builtLabel,
    "--filter",
    "status=created",
  ]);
  const stopped = await lines([
    "ps",
    "--all",
    "--quiet",
    "--filter",
    builtLabel,
    "--filter",
    "status=exited",
  ]);
  if (containers.length + stopped.length > 0) {
    await exec("docker", ["rm", ...containers, ...stopped]);
    removed.push(`${containers.length + stopped.length} containers of the image's build`);
  }
  await exec("docker", ["image", "prune", "--force", "--filter", builtLabel]);
  return removed;
}

async function lines(args: string[]): Promise<string[]> {
  const { stdout } = await exec("docker", args);
  return stdout.split("\n").filter((line) => line !== "");
}
