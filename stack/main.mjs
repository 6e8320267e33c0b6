// What `pulumi up` starts: plain JavaScript, so that a Node that can't run the sources is told so.
import { RunError } from "@pulumi/pulumi/errors.js";
import { neededNode, runsTypeScript } from "./node-version.mjs";

export default async () => {
  if (!runsTypeScript(process.version)) {
    throw new RunError(
      `Node ${process.version} can't run latency-lab, which needs Node ${neededNode}.\n` +
        "  fix: npm run up   (brings one; then `source .latency-lab/env` puts it first on the PATH)",
    );
  }
  const { default: program } = await import("./index.ts");
  return program();
};
