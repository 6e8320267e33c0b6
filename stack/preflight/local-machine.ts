// What the Docker engine's machine must have for a local cluster.
import { lookup } from "node:dns/promises";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { failOn, type Problem, problemIf, UserError } from "../errors.ts";
import { type Plan, type PortKey, usedPorts } from "../plan.ts";
import { askEngine, type EngineInfo, type FoundEngine } from "./engine.ts";

/** Properties of the engine's machine that a local cluster's node depends on. */
export interface Machine {
  /** Whether the engine remaps user ids, which the node must opt out of. */
  readonly remapsUsers: boolean;
  /** Whether the engine runs directly on this system, not in a virtual machine or a user namespace. */
  readonly isNative: boolean;
  /** Host folders to mount into the node under the same path. */
  readonly mounts: readonly string[];
}

/** Checks that k3s can run on the engine; k3s itself would fail only after it was started. */
export function checkMachine(info: EngineInfo): Machine {
  if (info.OSType !== undefined && info.OSType !== "" && info.OSType !== "linux") {
    throw new UserError({
      what: `the Docker engine runs ${info.OSType} containers`,
      why: "latency-lab runs Linux containers only",
      fix: "choose `Switch to Linux containers` in Docker Desktop's menu",
    });
  }
  const rootless = has(info, "rootless");
  if (rootless && info.CgroupVersion !== "2") {
    throw new UserError({
      what: "Docker is rootless and uses cgroup v1",
      why: "rootless Docker can limit the resources of pods with cgroup v2 only",
      fix: "boot with systemd.unified_cgroup_hierarchy=1, or use root's engine: docker context use default",
    });
  }
  const { MemoryLimit: memory, PidsLimit: pids, CPUShares: cpu, CPUSet: cpuset } = info;
  const controllers = Object.entries({ memory, pids, cpu, cpuset });
  const missing = controllers.filter(([, available]) => available === false).map(([name]) => name);
  if (missing.length > 0) {
    throw new UserError({
      what: `the Docker engine can't limit ${missing.join(", ")}`,
      why: "k3s does not start without these cgroup controllers",
      fix: rootless
        ? "delegate them to your user: https://rootlesscontaine.rs/getting-started/common/cgroup2/"
        : "add cgroup_enable=memory cgroup_memory=1 to the kernel's command line, and restart",
    });
  }
  const folder = info.DockerRootDir ?? "";
  const host = existsSync(folder) ? thisHost(folder) : undefined;
  return {
    remapsUsers: has(info, "userns"),
    isNative: host !== undefined && !rootless,
    mounts: mountsFor(info, host),
  };
}

function has({ SecurityOptions }: EngineInfo, option: string): boolean {
  return (SecurityOptions ?? []).some((one) => one.split(",").includes(`name=${option}`));
}

/** What the node can use of the engine's machine. */
interface Host {
  readonly hasModules: boolean;
  /** Whether it has LVM or LUKS devices. */
  readonly hasDevices: boolean;
  /** Type of the file system in Docker's root folder, as in statfs(2). */
  readonly fileSystem: number;
}

const fileSystems = new Set([0x9123683e /* btrfs */, 0x2fc12fc1 /* zfs */, 0x58465342 /* xfs */]);

/**
 * Kernel modules, which k3s loads if needed, unless the host visibly has none. LVM and LUKS devices
 * for the file systems on which the kubelet looks up its device. On another machine, `host` is undefined.
 */
export function mountsFor({ Driver }: Pick<EngineInfo, "Driver">, host: Host | undefined): string[] {
  if (host === undefined) return ["/lib/modules"];
  const needsDevices = Driver === "btrfs" || Driver === "zfs" || fileSystems.has(host.fileSystem);
  return [
    ...(host.hasModules ? ["/lib/modules"] : []),
    ...(host.hasDevices && needsDevices ? ["/dev/mapper"] : []),
  ];
}

function thisHost(rootFolder: string): Host {
  return {
    hasModules: existsSync("/lib/modules"),
    hasDevices: existsSync("/dev/mapper"),
    fileSystem: statfsSync(rootFolder).type,
  };
}

/**
 * Checks that this process can reach a local cluster's ports, which are published on 127.0.0.1
 * of the engine's machine.
 */
export async function checkReachable({ host, chosenBy }: FoundEngine): Promise<void> {
  const machine = remoteMachine(host);
  if (machine !== undefined && !(await isThisMachine(machine))) {
    throw new UserError({
      what: `${chosenBy?.what ?? host} is an engine on another machine`,
      why: `a local cluster's ports are published on 127.0.0.1 of ${machine}, where this machine can't reach them`,
      fix: `${chosenBy?.undo ?? "docker context use default"}   (uses the engine of this machine), or npm run up -- --config cluster=existing`,
    });
  }
  const network = await networkOfOwnContainer();
  if (network !== undefined && network !== "host") {
    throw new UserError({
      what: "this command runs in a container of the Docker engine that it uses",
      why: "a local cluster's ports are published on 127.0.0.1 of the engine's machine, which this container can't reach",
      fix: 'start this container with --network=host (a dev container: "runArgs": ["--network=host"]), or run the command outside of it',
    });
  }
}

/** The host name in `tcp://…` and `ssh://…`; undefined for sockets and pipes. */
function remoteMachine(host: string): string | undefined {
  if (!/^(tcp|https?|ssh):\/\//.test(host)) return undefined;
  return new URL(host.replace(/^\w+/, "http")).hostname.replace(/^\[|\]$/g, "");
}

async function isThisMachine(name: string): Promise<boolean> {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  try {
    const found = await lookup(name, { all: true });
    return found.some(({ address }) => /^(127\.|::1$)/.test(address) || own.includes(address));
  } catch {
    return false;
  }
}

/** The network mode of the container that this process runs in, if the engine knows that container. */
async function networkOfOwnContainer(): Promise<string | undefined> {
  const mounts = "/proc/self/mountinfo";
  const id = existsSync(mounts) ? ownContainer(readFileSync(mounts, "utf8")) : undefined;
  if (id === undefined) return undefined;
  try {
    return await askEngine(["container", "inspect", "--format", "{{.HostConfig.NetworkMode}}", id]);
  } catch {
    return undefined; // The container belongs to another engine: this engine runs inside it.
  }
}

/** The container's id: Docker mounts /etc/hostname from a folder named after the container. */
export function ownContainer(mountinfo: string): string | undefined {
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) \/etc\//.exec(mountinfo)?.[1];
}

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
  const listed = await askEngine([
    "ps",
    "--all",
    "--format",
    "{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Ports}}",
  ]);
  const containers = listed.split("\n").map((line): Container => {
    const [name = "", image = "", state, ports = ""] = line.split("\t");
    return { name, image, isRunning: state === "running", ports };
  });
  failOn([...(await portProblems(plan, containers)), ...capacityProblems(plan, info, containers)]);
}

/** A cluster that exists has its memory and inotify instances, but its disk can fill up. */
function capacityProblems(
  { names }: Pick<Plan, "names">,
  { MemTotal: memory = 0, DockerRootDir: folder = "" }: EngineInfo,
  containers: readonly Container[],
): Problem[] {
  const exists = containers.some(({ name }) => name === `${names.instance}-k3s`);
  const disk = existsSync(folder) ? statfsSync(folder) : undefined;
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
