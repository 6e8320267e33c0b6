import type { Command } from "commander";
import { type Problem, UserError } from "../../stack/errors.ts";
import { prepare } from "../../stack/preflight/preflight.ts";
import { findings } from "../doctor/findings.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { otherRun } from "../pulumi/one-run.ts";
import { stackProblem } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, sayProblems, sayTable, styled } from "../terminal/say.ts";

/** The options and the action of the command. */
export const define = (command: Command) =>
  command.addOption(stackOption()).addOption(jsonOption()).action(exitsWith(examine));

/** Prints the facts for a bug report, and the problems that the checks of `up` find. */
async function examine({ stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const [found, problems] = await Promise.all([findings(stack), problemsOf(stack)]);
  if (json) sayJson({ stack, found: Object.fromEntries(found), problems });
  else {
    sayTable(found);
    say();
    if (problems.length === 0) say(`${styled("green", "✔")} all checks of \`npm run up\` pass`);
    else sayProblems(problems);
  }
  return problems.length === 0 ? exitCodes.ok : exitCodes.notReady;
}

async function problemsOf(stack: string): Promise<Problem[]> {
  const checks = [
    async () => void (await prepare(planOf(stack))),
    async () => otherRun(stack),
    () => stackProblem(stack),
  ];
  const found = await Promise.all(
    checks.map(async (check) => {
      try {
        return (await check()) ?? [];
      } catch (error) {
        if (error instanceof UserError) return error.problems;
        throw error;
      }
    }),
  );
  return found.flat();
}
