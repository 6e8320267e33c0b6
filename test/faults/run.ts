// `npm run test:faults`: breaks a running stack on purpose, and shows that it mends.
// `npm run test:faults -- rollout` runs only the files whose names contain the word.
import { runTests } from "../runner.ts";

await runTests("the tests that break things", import.meta.dirname, process.argv.slice(2));
