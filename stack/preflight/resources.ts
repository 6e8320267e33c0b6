import { statfs } from "node:fs/promises";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { docker } from "./engine.ts";

const gib = 2 ** 30;

/** k3s takes about 0.6 GiB, the whole monitoring about 1.2 GiB, and a build some more for a while. */
const memoryNeeded = 2.5 * gib;

/** The images unpacked, once for the engine and once for the node: about 4 GiB. */
const diskNeeded = 5 * gib;

/** A local cluster that starves looks like a hundred different errors: better said before. */
export async function checkResources({ names }: Pick<Plan, "names">): Promise<void> {
  const [info, containers] = await Promise.all([
    docker(["info", "--format", "{{.MemTotal}}\t{{.DockerRootDir}}"]),
    docker(["ps", "-a", "--filter", `name=^${names.instance}-k3s$`, "--format", "{{.Names}}"]),
  ]);
  if (containers !== "") return; // It is there already, with all it takes.
  const [memory = "", folder = ""] = info.split("\t");
  const problems: Problem[] = [];
  if (Number(memory) > 0 && Number(memory) < memoryNeeded) {
    problems.push({
      what: `the Docker engine has ${toGib(Number(memory))} GiB of memory`,
      why: `a local cluster with the monitoring needs ${toGib(memoryNeeded)} GiB`,
      fix: "give it more (Docker Desktop: Settings, Resources), or use cluster = existing",
    });
  }
  const free = await freeBytes(folder);
  if (free !== undefined && free < diskNeeded) {
    problems.push({
      what: `the Docker engine has ${toGib(free)} GiB of disk left in ${folder}`,
      why: `the images of a local cluster need ${toGib(diskNeeded)} GiB`,
      fix: "docker system prune   (removes what no container uses)",
    });
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** Undefined where the engine's folder is not on this machine, as with Docker Desktop. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function toGib(bytes: number): string {
  return (bytes / gib).toFixed(1);
}
