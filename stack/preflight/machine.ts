import { existsSync, statfsSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { EngineInfo } from "./engine.ts";

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
