import { lookup } from "node:dns/promises";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { UserError } from "../errors.ts";
import { docker, type FoundEngine } from "./engine.ts";

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
