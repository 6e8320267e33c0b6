import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { docker, type EngineInfo } from "./engine.ts";

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
  const missing = missingControllers(info);
  if (missing.length > 0) {
    throw new UserError({
      what: `the Docker engine can't limit ${missing.join(", ")}`,
      why: "k3s does not start without these cgroup controllers",
      fix: rootless
        ? "delegate them to your user: https://rootlesscontaine.rs/getting-started/common/cgroup2/"
        : "add cgroup_enable=memory cgroup_memory=1 to the kernel's command line, and restart",
    });
  }
  const onHost = info.DockerRootDir !== undefined && existsSync(info.DockerRootDir);
  return { remapsUsers: has(info, "userns"), isNative: onHost && !rootless, mounts: mounts(info, onHost) };
}

function has({ SecurityOptions }: EngineInfo, option: string): boolean {
  return (SecurityOptions ?? []).some((one) => one.split(",").includes(`name=${option}`));
}

function missingControllers({ MemoryLimit, PidsLimit, CPUShares, CPUSet }: EngineInfo): string[] {
  const controllers = { memory: MemoryLimit, pids: PidsLimit, cpu: CPUShares, cpuset: CPUSet };
  return Object.entries(controllers).flatMap(([name, available]) => (available === false ? [name] : []));
}

/**
 * Kernel modules, which k3s loads if needed, unless the host visibly has none. LVM and LUKS devices
 * for the file systems on which the kubelet looks up its device.
 */
function mounts(info: EngineInfo, onHost: boolean): string[] {
  const modules = !onHost || existsSync("/lib/modules") ? ["/lib/modules"] : [];
  const devices = onHost && existsSync("/dev/mapper") && needsDevices(info) ? ["/dev/mapper"] : [];
  return [...modules, ...devices];
}

/** File system types of statfs(2). */
const types = new Set([0x9123683e /* btrfs */, 0x2fc12fc1 /* zfs */, 0x58465342 /* xfs */]);

function needsDevices({ Driver, DockerRootDir = "/" }: EngineInfo): boolean {
  return Driver === "btrfs" || Driver === "zfs" || types.has(statfsSync(DockerRootDir).type);
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

/** Checks memory, disk and inotify limits: a cluster without them fails with misleading errors. */
export async function checkResources({ names }: Pick<Plan, "names">, info: EngineInfo): Promise<void> {
  const containers = await docker([
    "ps",
    "-a",
    "--filter",
    `name=^${names.instance}-k3s$`,
    "--format",
    "{{.Names}}",
  ]);
  const exists = containers !== "";
  const { MemTotal: memory = 0, DockerRootDir: folder = "" } = info;
  const problems: Problem[] = [];
  if (!exists && memory > 0 && memory < memoryNeeded) {
    problems.push({
      what: `the Docker engine has ${toGib(memory)} GiB of memory`,
      why: `a local cluster with the monitoring needs ${toGib(memoryNeeded)} GiB`,
      fix: "give it more memory (Docker Desktop: Settings, Resources), or use cluster = existing",
    });
  }
  const free = await freeBytes(folder);
  if (free !== undefined && free < (exists ? diskKept : diskNeeded)) {
    problems.push({
      what: `the Docker engine has ${toGib(free)} GiB of disk left in ${folder}`,
      why: exists
        ? `the local cluster's node evicts its pods and starts no others until ${toGib(diskKept)} GiB are free`
        : `the images of a local cluster need ${toGib(diskNeeded)} GiB`,
      fix: "docker system prune   (removes unused data)",
    });
  }
  // If the engine's folder is not visible, the engine has its own kernel.
  if (!exists && free !== undefined) problems.push(...inotifyProblems(inotifyLimit(), await inotifyUsed()));
  if (problems.length > 0) throw new UserError(problems);
}

/** Undefined if the engine's folder is not on this machine, as with Docker Desktop. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** Kubelets, container runtimes and containers need inotify instances; without one, a node never registers. */
export function inotifyProblems(limit: number, used: number): Problem[] {
  if (limit - used >= inotifyNeeded) return [];
  return [
    {
      what: `fs.inotify.max_user_instances = ${limit}, and ${used} are in use`,
      why: `a local cluster needs ${inotifyNeeded} more, and would start without a node`,
      fix: `sudo sysctl fs.inotify.max_user_instances=${Math.max(512, 2 ** Math.ceil(Math.log2(limit + 1)))}`,
    },
  ];
}

function inotifyLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));
  } catch {
    return Number.POSITIVE_INFINITY; // Not Linux.
  }
}

/** Instances of root, the node's user. Only root can count them; else this estimates them from running nodes. */
async function inotifyUsed(): Promise<number> {
  if (process.getuid?.() !== 0) {
    const images = (await docker(["ps", "--format", "{{.Image}}"])).split("\n");
    return inotifyNeeded * images.filter((one) => /k3s|kindest\/node|kicbase/.test(one)).length;
  }
  let used = 0;
  for (const pid of entries("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (statSync(`/proc/${pid}`).uid !== 0) continue;
    } catch {
      continue; // It has ended.
    }
    for (const file of entries(`/proc/${pid}/fd`)) {
      try {
        if (readlinkSync(`/proc/${pid}/fd/${file}`) === "anon_inode:inotify") used += 1;
      } catch {
        // It was closed.
      }
    }
  }
  return used;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function toGib(bytes: number): string {
  return (bytes / gib).toFixed(1);
}
