// The program of `pulumi up`: its outputs are the resolved value of the exported function. Plain
// JavaScript, so that an old Node gets an error message.
import { join } from "node:path";
import { neededNode, runsTypeScript } from "./node-version.mjs";

if (!runsTypeScript(process.version)) {
  // Must be thrown while the module loads: otherwise Pulumi hangs with Node 20.
  const { RunError } = await import("@pulumi/pulumi/errors.js");
  throw new RunError(
    `Node ${process.version} can't run latency-lab, which needs Node ${neededNode}.\n` +
      "  fix: npm run up   (installs one; then `source .latency-lab/env` puts it first on the PATH)",
  );
}
// Caches compiled modules between runs, which halves the loading time of the program. Imported late: old versions of Node lack it.
const { enableCompileCache } = await import("node:module");
enableCompileCache(join(import.meta.dirname, "..", ".latency-lab", "compile-cache"));
const { checkedLatencyLab } = await import("./program.ts");

export default checkedLatencyLab;
