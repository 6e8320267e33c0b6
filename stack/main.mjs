// The entry point of `pulumi up`. Plain JavaScript, so that an old Node gets an error message.
import { neededNode, runsTypeScript } from "./node-version.mjs";

if (!runsTypeScript(process.version)) {
  // Must be thrown while the module loads: otherwise Pulumi hangs with Node 20.
  const { RunError } = await import("@pulumi/pulumi/errors.js");
  throw new RunError(
    `Node ${process.version} can't run latency-lab, which needs Node ${neededNode}.\n` +
      "  fix: npm run up   (installs one; then `source .latency-lab/env` puts it first on the PATH)",
  );
}
const { default: program } = await import("./index.ts");

export default program;
