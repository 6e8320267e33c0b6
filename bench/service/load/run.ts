// One load as a process of its own, so that no measurement inherits the memory of the one before.
import { inFlight } from "./in-flight.ts";

console.log(JSON.stringify(await inFlight(JSON.parse(process.argv[2] ?? ""))));
process.exit(0);
