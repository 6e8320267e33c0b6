import { existsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { Problem } from "../../stack/errors.ts";
import { quoted } from "../../stack/errors.ts";

/** What the system says when a file may not be used, or has no room. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "its file system is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "this user's quota is used up",
};

/** A file or folder that could not be used, and whose it is; undefined for any other error. */
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
  if (code === "ENOSPC" || code === "EDQUOT") return `df -h ${quoted(there)}   (and make room)`;
  if (me === undefined) return "use a copy of the project in a folder of your own";
  return `sudo chown -R ${me} ${quoted(there)}   (or use a copy of the project of your own)`;
}

/** The path, or the first folder above it that is there. */
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
    // A user that the system does not list.
  }
  return `user ${uid}`;
}
