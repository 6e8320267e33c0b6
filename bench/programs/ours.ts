// latency-lab's program as `up` starts it. `node ours.ts REPLICAS`.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "..", ".latency-lab", "compile-cache"));
const { record } = await import("../../test/recorded.ts");
const { resources } = await record({ replicas: process.argv[2] });
console.log(resources.length);
