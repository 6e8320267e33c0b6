// The first file of every `npm run`: makes sure of a Node that runs TypeScript and of the
// dependencies, then hands over. Plain JavaScript and built-in modules only, because it runs
// before anything is installed, on whatever Node there is.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { installDependencies } from "./bootstrap/dependencies.mjs";
import { isWritable, missingIdentity, root, stateDir } from "./bootstrap/folders.mjs";
import { supportedNode } from "./bootstrap/node.mjs";
import { pathWith } from "./bootstrap/npm.mjs";
import { throughProxies } from "./bootstrap/proxies.mjs";

const node = supportedNode();
installDependencies(node);
const identity = missingIdentity();
if (identity.HOME && isWritable(identity.HOME)) mkdirSync(identity.HOME, { recursive: true, mode: 0o700 });

const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    ...identity,
    ...throughProxies(process.env),
    PATH: pathWith(node),
    // Compiled modules are kept between runs: Pulumi's SDK loads in half the time.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(stateDir, "compile-cache"),
    // Where the user typed the command: relative paths in flags mean that folder.
    LATENCY_LAB_CWD: process.env.INIT_CWD || process.cwd(),
  },
});
// The command stops cleanly by itself: this process waits for it, also when nobody reads any more.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// `kill` of npm itself leaves its command alone: nobody waits for it any more.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 1000).unref();
}
child.on("exit", (code, signal) => {
  if (code === null) stopEngine();
  process.exit(code === null ? 128 + (constants.signals[signal] || 1) : code);
});

/** A command that was killed can't stop the Pulumi that it started. */
function stopEngine() {
  try {
    process.kill(Number(readFileSync(join(stateDir, "session", `engine-${child.pid}`), "utf8")), "SIGINT");
  } catch {
    // It started none, or that has ended.
  }
}
