import type { Problem } from "../../stack/errors.ts";

/** Commands that work on a stack, as they stand in messages. */
const command =
  /npm run (up|down|verify|latency|incident|open|logs|status|password|config|secret|pin|bundle|doctor)\b(?: --(?= ))?/g;

/**
 * A problem whose commands are for the stack it is about. Where a problem is
 * found, nobody knows of stacks, and a command without one works on `dev`.
 */
export function forStack(problem: Problem, stack: string): Problem {
  if (stack === "dev" || problem.fix.includes("--stack")) return problem;
  return { ...problem, fix: problem.fix.replaceAll(command, `npm run $1 -- --stack ${stack}`) };
}
