// `npm run test:e2e`: the whole thing on real clusters, with the real provider plugins.
// `npm run test:e2e -- local` runs only the files whose names contain the word.
import { runTests } from "../runner.ts";

await runTests("the end-to-end tests", import.meta.dirname, process.argv.slice(2));
