import type { Problem } from "../../stack/errors.ts";

/** Commands in messages that take `--stack`. */
const command =
  /npm run (up|down|verify|latency|incident|open|logs|status|password|config|secret|pin|bundle|doctor)\b(?: --(?= ))?/g;

/**
 * Adds the selected stack to the commands of a problem: the code that finds the problem does not
 * know the stack, and a command without `--stack` works on `dev`.
 */
export function forStack(problem: Problem, stack: string): Problem {
  if (stack === "dev" || problem.fix.includes("--stack")) return problem;
  return { ...problem, fix: problem.fix.replaceAll(command, `npm run $1 -- --stack ${stack}`) };
}
