// The entry point of every `npm run`: provides a Node that runs TypeScript and the dependencies,
// then starts the command. Plain JavaScript and built-in modules only, because it runs on any Node
// and before anything is installed.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import * as install from "./install.mjs";

const node = install.supportedNode();
install.installDependencies(node);
const identity = install.missingIdentity();
if (identity.HOME && install.isWritable(identity.HOME))
  mkdirSync(identity.HOME, { recursive: true, mode: 0o700 });

// With Node's default space for new objects, a run of Pulumi takes 340 MB instead of 240, and no less time.
const flags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=4"];
const child = spawn(node, [...flags, ...process.argv.slice(2)], {
  cwd: install.root,
  stdio: "inherit",
  env: {
    ...process.env,
    ...identity,
    ...install.throughProxies(process.env),
    PATH: install.pathWith(node),
    // Caches compiled modules between runs, which halves the loading time of Pulumi's SDK.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(install.stateDir, "compile-cache"),
    // The user's working directory, to which relative paths in flags refer.
    LATENCY_LAB_CWD: process.env.INIT_CWD || process.cwd(),
  },
});
// The command stops cleanly by itself. Wait for it, even if the output is closed.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// Killing npm does not kill its command, so stop the command when npm is gone.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 1000).unref();
}
child.on("exit", (code, signal) => {
  if (code === null) install.interruptEngine(child.pid);
  process.exit(code === null ? 128 + (constants.signals[signal] || 1) : code);
});
