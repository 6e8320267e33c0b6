// latency-lab's program as it is started: single modules, types stripped by Node, and
// compiled modules kept between runs. `node ours.ts REPLICAS`.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "..", ".latency-lab", "compile-cache"));
const { record } = await import("../../test/recorded.ts");
const { resources } = await record({ replicas: process.argv[2] });
console.log(resources.length);
