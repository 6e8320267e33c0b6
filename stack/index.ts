// The program of `pulumi up`. The stack's outputs are the resolved value of this function.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";

// Caches compiled modules between runs, which halves the loading time of the imports below.
enableCompileCache(join(import.meta.dirname, "..", ".latency-lab", "compile-cache"));

export default async () => {
  const { UserError } = await import("./errors.ts");
  const { checkedLatencyLab } = await import("./program.ts");
  try {
    return await checkedLatencyLab();
  } catch (error) {
    // Pulumi prints a RunError without a stack trace.
    if (error instanceof UserError) throw new RunError(error.message);
    throw error;
  }
};
