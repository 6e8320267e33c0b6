import { accessSync, existsSync, constants as mode, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const stateDir = join(root, ".latency-lab");

/** Prints a line for the user on stderr, because stdout belongs to the command. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Exits with 3, the commands' exit code for "not ready". */
export function fail(what, why, fix) {
  say(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(3);
}

/** Whether a file or folder can be written, or created if it does not exist. */
export function isWritable(path) {
  try {
    accessSync(nearest(path), mode.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path itself, or its nearest parent that exists. */
function nearest(path) {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  return there;
}

/** Why a path can't be written, with its owner, and how to repair that. */
export function whyNotWritable(path) {
  const there = nearest(path);
  const own = "use your own copy of the project";
  if (process.platform === "win32") return [`this user can't write to ${there}`, own];
  const owner = statSync(there).uid;
  const me = process.getuid();
  if (owner === me || me === 0) return [`${there} is read-only`, own];
  return [
    `${there} belongs to ${owner === 0 ? "root" : `user ${owner}`}, and you are user ${me}`,
    `sudo chown -R ${me} '${there.replaceAll("'", "'\\''")}'   (or ${own})`,
  ];
}

/**
 * A home and a name for a user without them, as in a container that runs with a bare user id:
 * Docker, Helm and Pulumi would write to `/`, and Pulumi needs a name for its locks.
 */
export function missingIdentity() {
  if (process.platform === "win32") return {};
  const listed = listedUser();
  const home = process.env.HOME || listed?.homedir;
  const usable = home !== undefined && home !== "/" && existsSync(home);
  return {
    ...(usable ? {} : { HOME: join(stateDir, "home") }),
    ...(listed || process.env.USER ? {} : { USER: `user-${process.getuid()}` }),
  };
}

/** The user's entry in the system's user database; undefined if there is none. */
function listedUser() {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/**
 * Variables that make Node's requests use the environment's proxies, except for this machine, and
 * trust the system's certificates.
 */
export function throughProxies(environment) {
  const has = (name) => environment[name] || environment[name.toUpperCase()];
  const trust = { NODE_USE_SYSTEM_CA: environment.NODE_USE_SYSTEM_CA || "1" };
  if (!has("http_proxy") && !has("https_proxy")) return trust;
  const except = [has("no_proxy"), "localhost", "127.0.0.1", "::1"].filter(Boolean).join(",");
  return { ...trust, NODE_USE_ENV_PROXY: "1", NO_PROXY: except, no_proxy: except };
}
