// What `pulumi up` starts: plain JavaScript, so that a Node that can't run the sources is told so.
import { neededNode, runsTypeScript } from "./node-version.mjs";

if (!runsTypeScript(process.version)) {
  // Imported here, and thrown while the module loads: else Pulumi waits for ever with Node 20.
  const { RunError } = await import("@pulumi/pulumi/errors.js");
  throw new RunError(
    `Node ${process.version} can't run latency-lab, which needs Node ${neededNode}.\n` +
      "  fix: npm run up   (brings one; then `source .latency-lab/env` puts it first on the PATH)",
  );
}
const { default: program } = await import("./index.ts");

export default program;
