// Docker's config.json: its credential helpers and logins.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Problem, UserError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";

/** The settings of the Docker command line that latency-lab uses. */
export interface DockerConfig {
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly proxies?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The folder of `config.json`, contexts and plugins. */
export function dockerConfigFolder(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

/** Empty if the file is missing or can't be read: Docker itself only warns. */
export function dockerConfig(): DockerConfig {
  try {
    return JSON.parse(readFileSync(join(dockerConfigFolder(), "config.json"), "utf8")) ?? {};
  } catch {
    return {};
  }
}

const exec = promisify(execFile);

/** A credential helper of Docker that does not work. */
export interface BrokenHelper {
  /** `docker-credential-desktop` */
  readonly program: string;
  /** Its error message. */
  readonly why: string;
  /** The registry it is configured for. Undefined: all. */
  readonly registry: string | undefined;
}

/**
 * The credential helpers in Docker's config.json that do not work, for example because Docker
 * Desktop was uninstalled or there is no keyring. Docker itself then continues without logins, but
 * the image provider calls every helper and fails.
 */
export async function brokenHelpers(): Promise<BrokenHelper[]> {
  const { credsStore, credHelpers = {} } = dockerConfig();
  // Docker's default stores if config.json names none: the first one that is installed.
  const defaults = process.platform === "linux" ? ["pass", "secretservice"] : [];
  const stores = (credsStore ? [credsStore] : defaults).map((helper) => [undefined, helper] as const);
  const tried = [...stores, ...Object.entries(credHelpers)].map(async ([registry, helper]) => {
    const program = `docker-credential-${helper}`;
    const why = await failure(program);
    const isAbsent = why === notFound && !credsStore && registry === undefined;
    return why === undefined || isAbsent ? [] : [{ program, why, registry }];
  });
  return (await Promise.all(tried)).flat();
}

const notFound = "it is not on the PATH";

async function failure(program: string): Promise<string | undefined> {
  try {
    await exec(program, ["list"], { timeout: 5000 });
    return undefined;
  } catch (error) {
    const { code, stdout, stderr, message } = error as Partial<Record<string, string>>;
    if (code === "ENOENT") return notFound;
    // Helpers write their errors to stdout.
    const line = [stderr, stdout, message].map((text) => text?.trim().split("\n")[0]).find(Boolean);
    return line?.slice(0, 200) ?? "it failed";
  }
}

/** Throws if a broken helper holds the login that the push needs. */
export function checkLogin(
  broken: readonly BrokenHelper[],
  { cluster, registry, registryUsername }: Pick<Settings, "cluster" | "registry" | "registryUsername">,
): void {
  if (cluster === "local" || registry === undefined || registryUsername !== undefined) return;
  const host = registry.split("/")[0] ?? registry;
  const ofHost = dockerConfig().credHelpers?.[host] === undefined ? undefined : host;
  const responsible = broken.find((one) => one.registry === ofHost);
  if (responsible) throw new UserError(helperProblem(responsible, `the login of ${host}`));
}

/** The message for a broken helper. */
export function helperProblem({ program, why, registry }: BrokenHelper, what = "Docker's logins"): Problem {
  const key = registry === undefined ? "credsStore" : `credHelpers["${registry}"]`;
  return {
    what: `${program}, which keeps ${what}, does not work`,
    why,
    fix: `remove "${key}" from ${join(dockerConfigFolder(), "config.json")}, or repair the helper   (then docker login, if a login is needed)`,
  };
}

/** User and password of a registry. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Docker's saved logins for the configured mirrors: the node pulls by itself and needs its own copy. */
export async function mirrorLogins({
  registryMirrors,
  imageMirror,
}: Pick<Settings, "registryMirrors" | "imageMirror">): Promise<Record<string, Login>> {
  const urls = Object.values(registryMirrors).flat();
  const hosts = new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).host));
  if (imageMirror !== undefined) hosts.add(imageMirror.split("/")[0] ?? imageMirror);
  const found = await Promise.all([...hosts].map(async (host) => [host, await loginOf(host)] as const));
  return Object.fromEntries(found.flatMap(([host, login]) => (login ? [[host, login]] : [])));
}

async function loginOf(host: string): Promise<Login | undefined> {
  const { auths = {}, credHelpers = {}, credsStore } = dockerConfig();
  const helper = credHelpers[host] ?? credsStore;
  if (helper === undefined) {
    const login = Buffer.from(auths[host]?.auth ?? "", "base64").toString();
    const [username = "", ...password] = login.split(":");
    return username === "" ? undefined : { username, password: password.join(":") };
  }
  try {
    const call = exec(`docker-credential-${helper}`, ["get"], { timeout: 5000 });
    call.child.stdin?.end(host);
    const { Username, Secret } = JSON.parse((await call).stdout) as { Username: string; Secret: string };
    // k3s does not support identity tokens.
    return Username === "<token>" ? undefined : { username: Username, password: Secret };
  } catch {
    return undefined; // It has no login, or is broken, which `brokenHelpers` reports.
  }
}
