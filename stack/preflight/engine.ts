import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Problem, UserError } from "../errors.ts";

const exec = promisify(execFile);

/** The Docker engine that images are built on. */
export interface Engine {
  /** As in DOCKER_HOST: of that variable, else of the Docker command line's current context. */
  readonly host: string;
  /** Whether it builds with BuildKit by default, as engines do from 23 on. */
  readonly buildKit: boolean;
  /** What its processors are, as images name it: `amd64`, `arm64`. */
  readonly architecture: string;
}

/**
 * Finds the engine as the Docker command line would, contexts included (the
 * provider knows only DOCKER_HOST and the usual sockets).
 */
export async function findEngine(): Promise<Engine> {
  const [server, host] = await Promise.all([
    docker(["version", "--format", "{{.Server.Version}} {{.Server.Arch}}"]),
    docker(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]),
  ]);
  const [version = "", architecture = ""] = server.split(" ");
  const asked = process.env.DOCKER_BUILDKIT ?? "";
  const major = Number.parseInt(version, 10);
  return {
    host: process.env.DOCKER_HOST ?? host,
    buildKit: asked === "" ? major >= 23 : asked !== "0" && asked !== "false",
    architecture,
  };
}

/** Asks the engine through the Docker command line; throws what the user has to know. */
export async function docker(args: string[]): Promise<string> {
  try {
    const { stdout } = await exec("docker", args, { timeout: 10_000 });
    return stdout.trim();
  } catch (error) {
    throw new UserError(engineProblem(error as { code?: string | number; stderr?: string }));
  }
}

function engineProblem({ code, stderr }: { code?: string | number; stderr?: string }): Problem {
  if (code === "ENOENT") {
    return {
      what: "Docker is not installed",
      why: "there is no `docker` command on the PATH",
      fix: "install it: https://docs.docker.com/get-docker/",
    };
  }
  const answer = stderr?.trim().split("\n")[0] ?? "";
  if (/permission denied/i.test(answer)) {
    return {
      what: "the Docker engine refuses this user",
      why: answer,
      fix: 'sudo usermod -aG docker "$USER"   (then log in again)',
    };
  }
  return {
    what: "the Docker engine does not answer",
    why: answer === "" ? "no answer within 10 s" : answer,
    fix:
      process.platform === "linux"
        ? "sudo systemctl start docker   (or start Docker Desktop)"
        : "start Docker Desktop, and wait until it says that it is running",
  };
}
