import { existsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { Problem } from "../../stack/errors.ts";
import { quoted } from "../../stack/errors.ts";

/** Reasons by the system's error code. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "its file system is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "this user's quota is used up",
};

/** The problem of a file that could not be used, with its owner; undefined for any other error. */
export function refusedFile(error: unknown): Problem | undefined {
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  const reason = reasons[code];
  if (reason === undefined || path === undefined) return undefined;
  const verb = syscall === "read" || syscall === "scandir" ? "read" : "used";
  const there = nearest(path);
  const owner = statSync(there).uid;
  const me = process.getuid?.();
  const isOthers = me !== undefined && owner !== me && /^E(ACCES|PERM)$/.test(code);
  return {
    what: `${path} can't be ${verb}`,
    why: isOthers ? `${there} belongs to ${nameOf(owner)}, and this is ${nameOf(me)}` : reason,
    fix: fixFor(code, there, isOthers ? me : undefined),
  };
}

function fixFor(code: string, there: string, me: number | undefined): string {
  if (code === "ENOSPC" || code === "EDQUOT") return `df -h ${quoted(there)}   (then free some space)`;
  if (me === undefined) return "use a copy of the project in your own folder";
  return `sudo chown -R ${me} ${quoted(there)}   (or use your own copy of the project)`;
}

/** The path, or its nearest parent that exists. */
function nearest(path: string): string {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  return there;
}

function nameOf(uid: number): string {
  if (uid === 0) return "root";
  try {
    const { uid: me, username } = userInfo();
    if (me === uid) return username;
  } catch {
    // The user is not in the system's user database.
  }
  return `user ${uid}`;
}
