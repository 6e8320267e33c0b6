// Turns every failure into what, why and fix.
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { pulumiProblem } from "./backend.ts";
import { dockerProblem } from "./docker.ts";
import type { EngineFailure } from "./engine.ts";
import { answerProblem, kubernetesProblem } from "./kubernetes.ts";
import { type Command, errorLines, indented } from "./text.ts";

/**
 * Explains a failure by its source: the failed resource and its provider, the status code of a
 * response, or Pulumi itself. An unknown failure is shown with its whole original text.
 */
export function explainFailure(
  error: Error,
  failures: readonly EngineFailure[],
  plan: Plan,
  command: Command = "up",
): readonly Problem[] {
  if (error instanceof UserError) return error.problems;
  const fix = `npm run ${command}   (continues where it stopped)`;
  const problemOf = (failure: EngineFailure): Problem =>
    dockerProblem(failure, plan, fix) ??
    kubernetesProblem(failure, plan, command, fix) ??
    pulumiProblem(failure.message, plan.stack) ?? {
      what:
        failure.type === "" ? "the run failed" : `${failure.type.split(":").at(-1)} ${failure.name} failed`,
      why: indented(failure.message),
      fix,
    };
  if (failures.length > 0) return withoutRepeated(failures.map(problemOf));
  const text = errorLines(error.message).join("\n");
  return [answerProblem(error, plan, command, fix) ?? problemOf({ type: "", name: "", message: text })];
}

/** Reports each reason once: several resources often fail for the same reason. */
function withoutRepeated(problems: readonly Problem[]): Problem[] {
  const byReason = Map.groupBy(problems, ({ why, fix }) => `${why}\n${fix}`);
  return [...byReason.values()].map(([first, ...others]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return { ...(first as Problem), what: `${first?.what}${more}` };
  });
}
