import { existsSync, statfsSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { EngineInfo } from "./engine.ts";

/** What a local cluster's node has to allow for on the engine's machine. */
export interface Machine {
  /** Whether containers are given other user ids, which the node must not be. */
  readonly remapsUsers: boolean;
  /** Whether the engine runs on this system itself, and not in a virtual machine or a namespace beside it. */
  readonly isNative: boolean;
  /** Folders of the host that the node needs, under the same path. */
  readonly mounts: readonly string[];
}

/** Looks at what the engine can run; refuses what k3s can't run on, which it would notice only after it was started. */
export function lookAtMachine(info: EngineInfo): Machine {
  if (info.OSType !== undefined && info.OSType !== "" && info.OSType !== "linux") {
    throw new UserError({
      what: `the Docker engine runs ${info.OSType} containers`,
      why: "everything here is a Linux container",
      fix: "Docker Desktop: `Switch to Linux containers` in its menu",
    });
  }
  const rootless = has(info, "rootless");
  if (rootless && info.CgroupVersion !== "2") {
    throw new UserError({
      what: "rootless Docker with cgroup v1",
      why: "without root, resources of pods can be limited with cgroup v2 only",
      fix: "boot with systemd.unified_cgroup_hierarchy=1, or use the engine that root runs: docker context use default",
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
  const here = info.DockerRootDir !== undefined && existsSync(info.DockerRootDir);
  return { remapsUsers: has(info, "userns"), isNative: here && !rootless, mounts: mounts(info, here) };
}

function has({ SecurityOptions }: EngineInfo, option: string): boolean {
  return (SecurityOptions ?? []).some((one) => one.split(",").includes(`name=${option}`));
}

function missingControllers({ MemoryLimit, PidsLimit, CPUShares, CPUSet }: EngineInfo): string[] {
  const controllers = { memory: MemoryLimit, pids: PidsLimit, cpu: CPUShares, cpuset: CPUSet };
  return Object.entries(controllers).flatMap(([name, there]) => (there === false ? [name] : []));
}

/**
 * The kernel's modules, which k3s loads if they are not: always, unless it is seen that the host has
 * none. The devices of LVM and LUKS for file systems through which the kubelet looks for its own.
 */
function mounts(info: EngineInfo, here: boolean): string[] {
  const modules = !here || existsSync("/lib/modules") ? ["/lib/modules"] : [];
  const devices = here && existsSync("/dev/mapper") && needsDevices(info) ? ["/dev/mapper"] : [];
  return [...modules, ...devices];
}

/** statfs(2) */
const types = new Set([0x9123683e /* btrfs */, 0x2fc12fc1 /* zfs */, 0x58465342 /* xfs */]);

function needsDevices({ Driver, DockerRootDir = "/" }: EngineInfo): boolean {
  return Driver === "btrfs" || Driver === "zfs" || types.has(statfsSync(DockerRootDir).type);
}
