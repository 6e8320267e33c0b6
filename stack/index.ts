// What `pulumi up` runs. The stack's outputs are the resolved value of this function.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";

// Compiled modules are kept between runs; what is loaded from here on starts in half the time.
enableCompileCache(join(import.meta.dirname, "..", ".latency-lab", "compile-cache"));

export default async () => {
  const { UserError } = await import("./errors.ts");
  const { checkedLatencyLab } = await import("./program.ts");
  try {
    return await checkedLatencyLab();
  } catch (error) {
    // Pulumi prints a RunError's text alone; of any other error, the stack trace.
    if (error instanceof UserError) throw new RunError(error.message);
    throw error;
  }
};
