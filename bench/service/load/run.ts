// Runs one load. Each has its own process, so that no measurement inherits the memory of a previous one.
import { inFlight } from "./in-flight.ts";

console.log(JSON.stringify(await inFlight(JSON.parse(process.argv[2] ?? ""))));
process.exit(0);
