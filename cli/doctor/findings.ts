import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, release, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { schema } from "../../stack/settings/schema.ts";
import { chosenBackend, shownUrl } from "../pulumi/backend.ts";
import { pulumiPath } from "../pulumi/install.ts";
import { otherRun } from "../pulumi/one-run.ts";
import { root } from "../pulumi/paths.ts";
import { wasKilled } from "../pulumi/running.ts";
import { settingsInFile } from "../pulumi/stack-file.ts";

const exec = promisify(execFile);

/** Names and values, without secrets. */
type Findings = readonly (readonly [what: string, found: string])[];

/** Collects facts about the machine, the tools and the stack, without changing anything. */
export async function findings(stack: string): Promise<Findings> {
  const looks: [string, () => string | Promise<string>][] = [
    ["latency-lab", projectVersion],
    ["machine", machine],
    ["memory", () => `${gib(freemem())} GiB free of ${gib(totalmem())} GiB`],
    ["disk", disk],
    ["Node", () => `${process.version}, npm ${npmVersion()}`],
    ["Pulumi", () => version(pulumiPath().command, ["version"])],
    ["Docker CLI", () => version("docker", ["version", "--format", "{{.Client.Version}}"])],
    ["Docker engine", engine],
    ["proxies", proxies],
    ["npm registry", () => shownUrl(process.env.npm_config_registry ?? "npm's own")],
    ["backend", backend],
    ["stack", () => stackState(stack)],
    ["settings", () => settings(stack)],
  ];
  return Promise.all(
    looks.map(async ([what, look]) => {
      try {
        return [what, await look()] as const;
      } catch (error) {
        const { stderr, message } = error as Error & { stderr?: string };
        return [what, `✖ ${(stderr?.trim() || message).split("\n")[0]}`] as const;
      }
    }),
  );
}

async function projectVersion(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const { stdout } = await exec("git", ["describe", "--always", "--dirty"], { cwd: root }).catch(() => ({
    stdout: "",
  }));
  return `${version} ${stdout.trim()}`.trim();
}

function machine(): string {
  const inside = [
    /microsoft/i.test(release()) ? "WSL" : "",
    existsSync("/.dockerenv") || existsSync("/run/.containerenv") ? "in a container" : "",
  ].filter((one) => one !== "");
  const { platform, arch } = process;
  return [`${platform} ${release()} ${arch}, ${availableParallelism()} processors`, ...inside].join(", ");
}

async function disk(): Promise<string> {
  const { bavail, blocks, bsize } = await statfs(root);
  return `${gib(bavail * bsize)} GiB free of ${gib(blocks * bsize)} GiB in the project's folder`;
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

/** From npm's user agent: `npm/11.0.0 node/v24.0.0 …`. */
function npmVersion(): string {
  return /^npm\/(\S+)/.exec(process.env.npm_config_user_agent ?? "")?.[1] ?? "not used";
}

async function version(command: string, args: string[]): Promise<string> {
  // docker prints the client's version even if it then fails because the engine does not answer.
  const { stdout } = await exec(command, args, { timeout: 10_000 }).catch((error) => {
    if (error.code === "ENOENT") return { stdout: "not installed" };
    if (error.stdout) return error;
    throw error;
  });
  return stdout.trim();
}

async function engine(): Promise<string> {
  const { stdout } = await exec("docker", ["info", "--format", "{{json .}}"], { timeout: 10_000 });
  const info = JSON.parse(stdout);
  if (!info.ServerVersion) throw new Error(info.ServerErrors?.[0] ?? "no answer");
  return [
    `${info.ServerVersion} on ${info.OperatingSystem}, ${info.Architecture}`,
    `${info.NCPU} processors, ${gib(info.MemTotal)} GiB`,
    `${info.Driver} in ${info.DockerRootDir}`,
    `cgroup v${info.CgroupVersion}`,
    ...(info.SecurityOptions ?? []).map((one: string) => one.replace(/^name=/, "")),
    process.env.DOCKER_HOST
      ? `DOCKER_HOST=${process.env.DOCKER_HOST}`
      : `context ${info.ClientInfo?.Context}`,
  ].join(", ");
}

function proxies(): string {
  const names = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
  ];
  const set = names.flatMap((name) => {
    const value = process.env[name] ?? process.env[name.toLowerCase()];
    return value ? [`${name}=${shownUrl(value)}`] : [];
  });
  return set.join(", ") || "none";
}

function backend(): string {
  const { url, chosen } = chosenBackend();
  const variables = Object.keys(process.env).filter((name) => /^PULUMI_/.test(name));
  const where = chosen ? `${shownUrl(url)}, because ${chosen.by}` : "the project's own, .latency-lab/state";
  return variables.length === 0 ? where : `${where}; set: ${variables.join(", ")}`;
}

function stackState(stack: string): string {
  return wasKilled(stack) && !otherRun(stack) ? `${stack}; its last run was killed` : stack;
}

function settings(stack: string): string {
  const set = Object.entries(settingsInFile(stack)).map(([key, value]) =>
    (schema as Record<string, { secret?: boolean }>)[key]?.secret
      ? `${key}=(secret)`
      : `${key}=${shownUrl(value ?? "")}`,
  );
  return set.join(", ") || "all defaults";
}
