import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isWritable, say, stateDir } from "./folders.mjs";

/** Installs what is not there yet. One command at a time: two npm processes in one folder break each other. */
export function installOnce(isInstalled, install) {
  if (isInstalled()) return;
  // The installation reports a folder that it can't write to.
  if (!isWritable(stateDir)) return install();
  mkdirSync(stateDir, { recursive: true });
  const lock = join(stateDir, "installing");
  for (let told = false; !claim(lock); told = true) {
    if (!told) say("another command is installing: waiting for it");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    if (!isInstalled()) install();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Creates the lock with this process's id. Takes over one whose process has ended. */
function claim(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    // Empty for a moment while its owner writes it; signal 0 to process 0 always succeeds.
    process.kill(Number(readFileSync(lock, "utf8")), 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(lock, { force: true });
  }
  return false;
}
