// A preview of the whole program. `node cli/bootstrap.mjs bench/programs/preview.ts STACK`.
import { planOf } from "../../cli/options.ts";
import { prepare } from "../../stack/preflight/preflight.ts";

const stack = process.argv[2] ?? "dev";
const plan = planOf(stack);
const [args, opened, { latencyLab }] = await Promise.all([
  prepare(plan),
  import("../../cli/pulumi/stack.ts").then(({ openExistingStack }) => openExistingStack(stack)),
  import("../../stack/program.ts"),
]);
const program = async () => latencyLab(plan, args);
await opened?.stack.preview({ expectNoChanges: true, program });
process.exit();
