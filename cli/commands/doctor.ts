import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, release, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { all, failOn, firstLineOf, type Problem, UserError } from "../../stack/errors.ts";
import { prepare } from "../../stack/preflight/preflight.ts";
import { settingOf } from "../../stack/settings/schema.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { chosenBackend, shownUrl } from "../pulumi/backend.ts";
import { otherRun, wasKilled } from "../pulumi/lock.ts";
import { stackProblem } from "../pulumi/outputs.ts";
import { root } from "../pulumi/paths.ts";
import { pulumiPath } from "../pulumi/pulumi-cli.ts";
import { settingsInFile } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayProblems, sayResult, sayTable, styled } from "../terminal/say.ts";

/** Prints the facts for a bug report, and the problems that the checks of `up` find. Changes nothing. */
export async function run({ stack }: CommonOptions): Promise<number> {
  const [facts, problems] = await Promise.all([factsOf(stack), problemsOf(stack)]);
  sayResult({ stack, found: Object.fromEntries(facts), problems }, () => {
    sayTable(facts);
    say();
    if (problems.length === 0) say(`${styled("green", "✔")} all checks of \`npm run up\` pass`);
    else sayProblems(...problems);
  });
  return problems.length === 0 ? exitCodes.ok : exitCodes.notReady;
}

async function problemsOf(stack: string): Promise<readonly Problem[]> {
  const checks = [
    () => prepare(planOf(stack)),
    async () => failOn([otherRun(stack), await stackProblem(stack)].filter((one) => one !== undefined)),
  ];
  return all(checks).then(
    () => [],
    (error) => {
      if (error instanceof UserError) return error.problems;
      throw error;
    },
  );
}

/** Facts about the machine, the tools and the stack, without secrets. */
function factsOf(stack: string): Promise<(readonly [what: string, found: string])[]> {
  const looks: Readonly<Record<string, () => string | Promise<string>>> = {
    "latency-lab": async () => {
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const commit = await output("git", "-C", root, "describe", "--always", "--dirty").catch(() => "");
      return `${version} ${commit}`.trim();
    },
    machine,
    memory: () => `${gib(freemem())} GiB free of ${gib(totalmem())} GiB`,
    disk: async () => {
      const { bavail, blocks, bsize } = await statfs(root);
      return `${gib(bavail * bsize)} GiB free of ${gib(blocks * bsize)} GiB in the project's folder`;
    },
    // From npm's user agent: `npm/11.0.0 node/v24.0.0 …`.
    Node: () => `${process.version}, ${process.env.npm_config_user_agent?.split(" ")[0] ?? "without npm"}`,
    Pulumi: () => output(pulumiPath() ?? "pulumi", "version"),
    "Docker engine": () => output("docker", "info", "--format", engineFormat),
    DOCKER_HOST: () => process.env.DOCKER_HOST ?? "not set",
    proxies: () => {
      const names = /^((https?|all|no)_proxy|node_extra_ca_certs|ssl_cert_file)$/i;
      const set = Object.entries(process.env).filter(([name, value]) => names.test(name) && value);
      return set.map(([name, value = ""]) => `${name}=${shownUrl(value)}`).join(", ") || "none";
    },
    "npm registry": () => shownUrl(process.env.npm_config_registry ?? "npm's own"),
    backend,
    stack: () => (wasKilled(stack) && !otherRun(stack) ? `${stack}; its last run was killed` : stack),
    settings: () => settings(stack),
  };
  return Promise.all(
    Object.entries(looks).map(async ([what, look]) => {
      try {
        return [what, await look()] as const;
      } catch (error) {
        return [what, `✖ ${firstLineOf(error)}`] as const;
      }
    }),
  );
}

function machine(): string {
  return [
    `${process.platform} ${release()} ${process.arch}, ${availableParallelism()} processors`,
    ...(/microsoft/i.test(release()) ? ["WSL"] : []),
    ...(existsSync("/.dockerenv") || existsSync("/run/.containerenv") ? ["in a container"] : []),
  ].join(", ");
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

async function output(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 10_000 }).catch((error) => {
    if (error.code === "ENOENT") return { stdout: "not installed" };
    throw error;
  });
  return stdout.trim();
}

const engineFormat =
  "{{.ServerVersion}} on {{.OperatingSystem}}, {{.Architecture}}, {{.NCPU}} processors, {{.MemTotal}} bytes of memory, " +
  "{{.Driver}} in {{.DockerRootDir}}, cgroup v{{.CgroupVersion}}, {{.SecurityOptions}}, context {{.ClientInfo.Context}}";

function backend(): string {
  const { url, chosen } = chosenBackend();
  const set = Object.keys(process.env).filter((name) => name.startsWith("PULUMI_"));
  const where = chosen ? `${shownUrl(url)}, because ${chosen.by}` : "the project's own, .latency-lab/state";
  return set.length === 0 ? where : `${where}; set: ${set.join(", ")}`;
}

function settings(stack: string): string {
  const set = Object.entries(settingsInFile(stack)).map(
    ([key, value = ""]) => `${key}=${settingOf(key)?.secret ? "(secret)" : shownUrl(value)}`,
  );
  return set.join(", ") || "all defaults";
}
