import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Problem, UserError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";
import { dockerConfig, dockerConfigFolder } from "./docker-config.ts";

const exec = promisify(execFile);

/** A program that keeps logins for Docker, and does not work. */
export interface BrokenHelper {
  /** `docker-credential-desktop` */
  readonly program: string;
  /** What it said. */
  readonly why: string;
  /** The registry it keeps the login of. Undefined: any. */
  readonly registry: string | undefined;
}

/**
 * The credential helpers that Docker's settings name and that don't work: left by a Docker Desktop
 * that is gone, or without the keyring they keep logins in. The provider of images asks all of them,
 * and gives up; Docker itself goes on without logins.
 */
export async function brokenHelpers(): Promise<BrokenHelper[]> {
  const { credsStore, credHelpers = {} } = dockerConfig();
  const stores = credsStore ? [{ helper: credsStore, registry: undefined }] : defaultStores();
  const named = Object.entries(credHelpers).map(([registry, helper]) => ({ helper, registry }));
  const tried = await Promise.all(
    [...stores, ...named].map(async ({ helper, registry }) => {
      const program = `docker-credential-${helper}`;
      const why = await failure(program);
      // What is not named is used only where it is installed.
      if (why === undefined || (why === notFound && !credsStore && registry === undefined)) return undefined;
      return { program, why, registry };
    }),
  );
  return tried.filter((one) => one !== undefined);
}

/** What Docker takes where no store is named: the first one of these that is installed. */
function defaultStores(): { helper: string; registry: undefined }[] {
  if (process.platform !== "linux") return [];
  return ["pass", "secretservice"].map((helper) => ({ helper, registry: undefined }));
}

const notFound = "it is not on the PATH";

async function failure(program: string): Promise<string | undefined> {
  try {
    await exec(program, ["list"], { timeout: 5000 });
    return undefined;
  } catch (error) {
    const { code, stdout, stderr, message } = error as Error & {
      code?: string | number;
      stdout?: string;
      stderr?: string;
    };
    if (code === "ENOENT") return notFound;
    // Helpers write their errors on stdout.
    const said = [stderr, stdout, message].map((text) => text?.trim().split("\n")[0]).find(Boolean);
    return said?.slice(0, 200) ?? "it failed";
  }
}

/** Refuses a broken helper where its login is what the push needs. */
export function checkLogin(
  broken: readonly BrokenHelper[],
  { cluster, registry, registryUsername }: Pick<Settings, "cluster" | "registry" | "registryUsername">,
): void {
  if (cluster === "local" || registry === undefined || registryUsername !== undefined) return;
  const host = registry.split("/")[0];
  const { credHelpers = {} } = dockerConfig();
  const responsible = broken.find((one) =>
    one.registry === undefined ? !(host && credHelpers[host]) : one.registry === host,
  );
  if (responsible) throw new UserError(helperProblem(responsible, `the login of ${host}`));
}

/** What to do about a helper. */
export function helperProblem({ program, why, registry }: BrokenHelper, what = "Docker's logins"): Problem {
  const key = registry === undefined ? "credsStore" : `credHelpers["${registry}"]`;
  return {
    what: `${program}, which keeps ${what}, does not work`,
    why,
    fix: `remove "${key}" from ${join(dockerConfigFolder(), "config.json")}, or repair the helper   (then docker login, where one is needed)`,
  };
}

/** User and password at a registry. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The logins that `docker login` has kept for the mirrors of the settings: the node is another client than the engine. */
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
    const [username = "", ...password] = Buffer.from(auths[host]?.auth ?? "", "base64")
      .toString()
      .split(":");
    return username === "" ? undefined : { username, password: password.join(":") };
  }
  try {
    const asked = exec(`docker-credential-${helper}`, ["get"], { timeout: 5000 });
    asked.child.stdin?.end(host);
    const { Username, Secret } = JSON.parse((await asked).stdout) as { Username: string; Secret: string };
    // An identity token is exchanged at another address, which k3s does not do.
    return Username === "<token>" ? undefined : { username: Username, password: Secret };
  } catch {
    return undefined; // It has none, or does not work, which is found elsewhere.
  }
}
