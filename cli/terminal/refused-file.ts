import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Problem, quoted } from "../../stack/errors.ts";

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
  const what = `${path} can't be ${syscall === "read" || syscall === "scandir" ? "read" : "used"}`;
  // The path, or its nearest parent that exists.
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  if (code === "ENOSPC" || code === "EDQUOT")
    return { what, why: reason, fix: `df -h ${quoted(there)}   (then free some space)` };
  const owner = statSync(there).uid;
  const me = process.getuid?.();
  if (code === "EROFS" || me === undefined || me === owner)
    return { what, why: reason, fix: "use a copy of the project in your own folder" };
  return {
    what,
    why: `${there} belongs to ${owner === 0 ? "root" : `user ${owner}`}, and you are user ${me}`,
    fix: `sudo chown -R ${me} ${quoted(there)}   (or use your own copy of the project)`,
  };
}
