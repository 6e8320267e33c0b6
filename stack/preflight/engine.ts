import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { docker } from "../docker.ts";
import { type Problem, UserError } from "../errors.ts";
import { dockerConfigFolder } from "./docker-config.ts";

/** The Docker engine that images are built on. */
export interface Engine {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Folder of `ca.pem`, `cert.pem` and `key.pem`, for an engine behind TLS. */
  readonly certPath?: string;
  /** Whether to build images with BuildKit. */
  readonly buildKit: boolean;
  /** The engine's architecture, as in image platforms: `amd64`, `arm64`. */
  readonly architecture: string;
}

/** An engine with its `docker info`. */
export interface FoundEngine extends Engine {
  /** What selected the engine. Undefined: Docker's default. */
  readonly chosenBy: Choice | undefined;
  readonly info: EngineInfo;
}

interface Choice {
  /** `DOCKER_HOST = "tcp://…"` */
  readonly what: string;
  /** The command that returns to the default. */
  readonly undo: string;
}

/** The fields of `docker info` that latency-lab uses. */
export interface EngineInfo {
  readonly ServerVersion: string;
  readonly OSType?: string;
  readonly MemTotal?: number;
  readonly DockerRootDir?: string;
  readonly Driver?: string;
  readonly DriverStatus?: readonly (readonly [string, string])[] | null;
  /** `name=userns`, `name=rootless` … */
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
  readonly MemoryLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CPUShares?: boolean;
  readonly CPUSet?: boolean;
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[] | null;
  readonly HttpProxy?: string;
  readonly HttpsProxy?: string;
  readonly NoProxy?: string;
}

interface Context {
  readonly Name: string;
  readonly Endpoints: { readonly docker?: { readonly Host: string } };
  readonly TLSMaterial?: Readonly<Record<string, readonly string[]>>;
  readonly Storage?: { readonly TLSPath: string };
}

interface Version {
  readonly Server?: {
    readonly Version: string;
    readonly Arch: string;
    readonly Components?: readonly { readonly Name: string }[] | null;
  } | null;
}

/**
 * Finds the engine as the Docker command line does, including contexts. The Pulumi provider
 * knows only DOCKER_HOST and the usual sockets.
 */
export async function findEngine(): Promise<FoundEngine> {
  const began = performance.now();
  // This needs no engine, so if it takes long, the machine is busy.
  const context = await ask<Context[]>(["context", "inspect"], 60_000);
  limit = Math.round(8000 + 5 * (performance.now() - began));
  const [version, info] = await Promise.all([
    ask<Version>(["version", "--format", "{{json .}}"]),
    ask<EngineInfo & { host?: { buildahVersion?: string } }>(["info", "--format", "{{json .}}"]),
  ]);
  const server = version.answer?.Server;
  const isPodman = server?.Components?.some(({ Name }) => Name === "Podman Engine");
  if (isPodman || info.answer?.host?.buildahVersion !== undefined) throw new UserError(podman);
  if (context.answer === undefined) throw new UserError(contextProblem(context.failure));
  const [found] = context.answer;
  const host = found?.Endpoints.docker?.Host ?? "";
  const chosenBy = choice(found?.Name ?? "default");
  if (!server || info.answer === undefined) {
    const failure = version.failure ?? info.failure ?? { stderr: "it did not answer" };
    throw new UserError(engineProblem(failure, host, chosenBy));
  }
  const certPath = certificates(found);
  return {
    host,
    ...(certPath ? { certPath } : {}),
    buildKit: buildsWithBuildKit(server.Version, info.answer),
    architecture: server.Arch,
    chosenBy,
    info: info.answer,
  };
}

/** Runs a Docker command, and returns its output. Throws a UserError if the engine does not answer. */
export async function askEngine(args: readonly string[]): Promise<string> {
  try {
    return await run(args);
  } catch (error) {
    throw new UserError(engineProblem(error as Failure, "", choice("default")));
  }
}

interface Failure {
  readonly code?: string | number | null;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Milliseconds to wait for the engine: a message appears within 10 s, unless the machine is busy. */
let limit = 8000;

async function run(args: readonly string[], timeout = limit): Promise<string> {
  return (await docker(args, timeout)).stdout.trim();
}

/** The answer of a command as JSON, or why it failed. */
async function ask<T>(
  args: readonly string[],
  timeout?: number,
  tries = 5,
): Promise<{ answer?: T; failure?: Failure }> {
  try {
    return { answer: JSON.parse(await run(args, timeout)) as T };
  } catch (error) {
    // When SSH ends, Docker can report its pipe to SSH instead of SSH's message: broken, or closed.
    if (tries > 1 && firstLine(error as Failure).includes("write |1: ")) return ask(args, timeout, tries - 1);
    return { failure: error as Failure };
  }
}

const podman: Problem = {
  what: "the `docker` command runs Podman",
  why: "latency-lab is tested with Docker only: Podman builds images and connects containers differently",
  fix: "install Docker (https://docs.docker.com/engine/install/), or set DOCKER_HOST to a Docker engine's socket",
};

/** In Docker's order of precedence: the variables, then the context set with `docker context use`. */
function choice(context: string): Choice | undefined {
  for (const name of ["DOCKER_HOST", "DOCKER_CONTEXT"]) {
    const value = process.env[name];
    if (value) return { what: `${name} = "${value}"`, undo: `unset ${name}` };
  }
  if (context === "default") return undefined;
  return { what: `Docker's context "${context}"`, undo: "docker context use default" };
}

/** The folder of the engine's TLS certificates. An engine from DOCKER_HOST has no context. */
function certificates(context: Context | undefined): string | undefined {
  if (process.env.DOCKER_HOST) {
    if (!process.env.DOCKER_TLS_VERIFY) return undefined;
    return process.env.DOCKER_CERT_PATH || dockerConfigFolder();
  }
  const files = context?.TLSMaterial?.docker ?? [];
  return files.length > 0 && context?.Storage ? join(context.Storage.TLSPath, "docker") : undefined;
}

/**
 * BuildKit is the default from Docker 23 on. With the containerd image store, BuildKit before 27.5
 * refuses the provider's build context (status 403); there, the classic builder works from 25 on.
 */
function buildsWithBuildKit(version: string, info: EngineInfo): boolean {
  const setting = process.env.DOCKER_BUILDKIT ?? "";
  if (setting !== "") return setting !== "0" && setting !== "false";
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  if (major < 23) return false;
  const inContainerd = info.DriverStatus?.some(
    ([key, value]) => key === "driver-type" && value.startsWith("io.containerd.snapshotter"),
  );
  if (!inContainerd || major > 27 || (major === 27 && minor >= 5)) return true;
  if (major >= 25) return false;
  throw new UserError({
    what: `Docker ${version} can't build images in the containerd image store`,
    why: "this requires Docker 25 or later; 27.5 or later is recommended",
    fix: 'update Docker, or set "features": { "containerd-snapshotter": false } in its daemon.json',
  });
}

function contextProblem(error: Failure = {}): Problem {
  if (error.code === "ENOENT") return notInstalled;
  const why = firstLine(error);
  // A stand-in of WSL, or another program such as nerdctl.
  const isOther = /unknown (sub)?command|could not be found in this WSL/.test(why);
  const chosenBy = choice("default") ?? { what: "Docker's context", undo: "docker context use default" };
  return {
    what: isOther ? "the `docker` command is not Docker's" : `${chosenBy.what} can't be used`,
    why,
    fix: isOther
      ? "install Docker: https://docs.docker.com/get-docker/   (in WSL, turn on the integration with your distribution in Docker Desktop's settings)"
      : `${chosenBy.undo}   (docker context ls lists them)`,
  };
}

const notInstalled: Problem = {
  what: "Docker is not installed",
  why: "there is no `docker` command on the PATH",
  fix: "install it: https://docs.docker.com/get-docker/",
};

function engineProblem(error: Failure, host: string, chosenBy: Choice | undefined): Problem {
  if (error.code === "ENOENT") return notInstalled;
  const why = firstLine(error) || `no answer within ${Math.round(limit / 1000)} s`;
  if (refusesUser(host)) {
    const fix = 'sudo usermod -aG docker "$USER"   (then log in again)';
    return { what: "the Docker engine refuses this user", why, fix };
  }
  if (/client version \S+ is too (old|new)/.test(why)) {
    const what = "the `docker` command and the Docker engine share no API version";
    const update = "update the older of the two: https://docs.docker.com/engine/install/";
    return { what, why, fix: process.env.DOCKER_API_VERSION ? "unset DOCKER_API_VERSION" : update };
  }
  const start =
    process.platform === "linux"
      ? "sudo systemctl start docker   (or start Docker Desktop)"
      : "start Docker Desktop, and wait until it is running";
  return {
    what: `the Docker engine ${chosenBy ? `of ${chosenBy.what} ` : ""}does not answer`,
    why,
    fix: chosenBy ? `start it, or ${chosenBy.undo}   (uses this machine's engine)` : start,
  };
}

/** Whether this user may not open the engine's socket. */
function refusesUser(host: string): boolean {
  if (!host.startsWith("unix://")) return false;
  try {
    accessSync(host.slice("unix://".length), constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

function firstLine({ stderr, stdout }: Failure): string {
  const text = stderr?.trim() || stdout?.trim() || "";
  return text.split("\n").at(0)?.slice(0, 500) ?? "";
}
