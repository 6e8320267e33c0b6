import { accessSync, existsSync, constants as mode, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const stateDir = join(root, ".latency-lab");

/** Whether a file or folder can be written, or made if it is not there. */
export function isWritable(path) {
  try {
    accessSync(nearest(path), mode.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path itself, or the first folder above it that is there. */
function nearest(path) {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  return there;
}

/** Why a path can't be written, with its owner, and how to repair that. */
export function whyNotWritable(path) {
  const there = nearest(path);
  const own = "use a copy of the project of your own";
  if (process.platform === "win32") return [`this user may not write ${there}`, own];
  const owner = statSync(there).uid;
  const me = process.getuid();
  if (owner === me || me === 0) return [`${there} is read-only`, own];
  return [
    `${there} belongs to ${owner === 0 ? "root" : `user ${owner}`}, and you are user ${me}`,
    `sudo chown -R ${me} ${quoted(there)}   (or ${own})`,
  ];
}

/** A path as a shell takes it. */
function quoted(path) {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/**
 * A home and a name for a user who has none, as in a container that was given a number for a
 * user: Docker, Helm and Pulumi would write to `/`, and Pulumi wants a name for its locks.
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

/** The user as the system lists it; undefined for one that it does not. */
function listedUser() {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}
