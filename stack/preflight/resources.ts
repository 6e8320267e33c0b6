import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { failOn, type Problem, problemIf } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { type PortKey, usedPorts } from "../plan.ts";
import { docker, type EngineInfo } from "./engine.ts";

const gib = 2 ** 30;

/** k3s needs about 0.6 GiB, the monitoring about 1.2 GiB, and a build some more for a short time. */
const memoryNeeded = 2.5 * gib;

/** Unpacked images, once in the engine and once in the node: about 4 GiB. */
const diskNeeded = 5 * gib;

/** Below 1 GiB, a running node evicts its pods, and reclaims another 0.5 GiB. */
const diskKept = 1.5 * gib;

/** inotify instances of a node with the monitoring, as measured. */
const inotifyNeeded = 45;

interface Container {
  readonly name: string;
  readonly image: string;
  readonly isRunning: boolean;
  /** `127.0.0.1:5050->5000/tcp, 0.0.0.0:30000-30099->30000-30099/tcp` */
  readonly ports: string;
}

/** Checks ports, memory, disk and inotify limits: a cluster without them fails with misleading errors. */
export async function checkResources(
  plan: Pick<Plan, "settings" | "names" | "ports">,
  info: EngineInfo,
): Promise<void> {
  const listed = await docker(["ps", "--all", "--format", "{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Ports}}"]);
  const containers = listed.split("\n").map((line): Container => {
    const [name = "", image = "", state, ports = ""] = line.split("\t");
    return { name, image, isRunning: state === "running", ports };
  });
  failOn([...(await portProblems(plan, containers)), ...(await roomProblems(plan, info, containers))]);
}

/** A cluster that exists has its memory and inotify instances, but its disk can fill up. */
async function roomProblems(
  { names }: Pick<Plan, "names">,
  { MemTotal: memory = 0, DockerRootDir: folder = "" }: EngineInfo,
  containers: readonly Container[],
): Promise<Problem[]> {
  const exists = containers.some(({ name }) => name === `${names.instance}-k3s`);
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk ? disk.bavail * disk.bsize : Number.POSITIVE_INFINITY;
  const nodes = containers.filter(
    ({ image, isRunning }) => isRunning && /k3s|kindest\/node|kicbase/.test(image),
  );
  return [
    ...problemIf(!exists && memory > 0 && memory < memoryNeeded, {
      what: `the Docker engine has ${toGib(memory)} GiB of memory`,
      why: `a local cluster with the monitoring needs ${toGib(memoryNeeded)} GiB`,
      fix: "give it more memory (Docker Desktop: Settings, Resources), or use cluster = existing",
    }),
    ...problemIf(free < (exists ? diskKept : diskNeeded), {
      what: `the Docker engine has ${toGib(free)} GiB of disk left in ${folder}`,
      why: exists
        ? `the local cluster's node evicts its pods and starts no others until ${toGib(diskKept)} GiB are free`
        : `the images of a local cluster need ${toGib(diskNeeded)} GiB`,
      fix: "docker system prune   (removes unused data)",
    }),
    // If the engine's folder is not on this machine, as with Docker Desktop, the engine has its own kernel.
    ...(exists || disk === undefined ? [] : inotifyProblems(inotifyLimit(), nodes.length)),
  ];
}

/** Kubelets, container runtimes and containers need inotify instances; without one, a node never registers. */
export function inotifyProblems(limit: number, nodes: number): Problem[] {
  return problemIf(limit < inotifyNeeded * (nodes + 1), {
    what: `fs.inotify.max_user_instances = ${limit}, and ${nodes} nodes of other clusters use them`,
    why: `a local cluster needs about ${inotifyNeeded} more, and would start without a node`,
    fix: `sudo sysctl fs.inotify.max_user_instances=${Math.max(512, 2 ** Math.ceil(Math.log2(limit + 1)))}`,
  });
}

function inotifyLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY; // Not Linux.
  }
}

function toGib(bytes: number): string {
  return (bytes / gib).toFixed(1);
}

/** The ports on 127.0.0.1 must be free, or used by this stack. */
async function portProblems(
  { settings, names, ports }: Pick<Plan, "settings" | "names" | "ports">,
  containers: readonly Container[],
): Promise<Problem[]> {
  const own = [`${names.instance}-k3s`, `${names.instance}-registry`];
  const problems: Problem[] = [];
  for (const key of usedPorts(settings)) {
    const port = ports[key];
    const container = containers.find((one) => publishes(one, port))?.name;
    if (container === undefined ? await isFree(port) : own.includes(container)) continue;
    problems.push({
      what: `${key} = ${port} is in use on this machine`,
      why: container ? `the container ${container} publishes it` : "another program listens on 127.0.0.1",
      fix: `npm run up -- --config ${key}=${await freeNear(port, key)}`,
    });
  }
  return problems;
}

function publishes({ ports }: Container, port: number): boolean {
  return [...ports.matchAll(/:(\d+)(?:-(\d+))?->/g)].some(([, first, last]) => {
    return port >= Number(first) && port <= Number(last ?? first);
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function freeNear(port: number, key: PortKey): Promise<number> {
  const last = key.endsWith("NodePort") ? 32767 : 65535;
  for (let next = port + 1; next <= last; next++) if (await isFree(next)) return next;
  return port + 1;
}
