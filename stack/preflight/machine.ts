import { lookup } from "node:dns/promises";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { UserError } from "../errors.ts";
import { docker, type EngineInfo, type FoundEngine } from "./engine.ts";

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
    return await docker(["container", "inspect", "--format", "{{.HostConfig.NetworkMode}}", id]);
  } catch {
    return undefined; // The container belongs to another engine: this engine runs inside it.
  }
}

/** The container's id: Docker mounts /etc/hostname from a folder named after the container. */
export function ownContainer(mountinfo: string): string | undefined {
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) \/etc\//.exec(mountinfo)?.[1];
}
