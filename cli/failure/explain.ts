// Turns every failure into what, why and fix.
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { dockerProblem } from "./docker.ts";
import type { EngineFailure } from "./engine.ts";
import { answerProblem, kubernetesProblem } from "./kubernetes.ts";
import { pulumiProblem } from "./pulumi.ts";
import { type Command, indented, runAgain } from "./text.ts";

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
  const problems = failures.map(
    (failure) =>
      dockerProblem(failure, plan) ??
      kubernetesProblem(failure, plan, command) ??
      pulumiProblem(failure.message, plan) ??
      unknown(failure, command),
  );
  if (problems.length > 0) return withoutRepeated(problems);
  return [
    answerProblem(error, plan, command) ??
      pulumiProblem(textOf(error), plan) ??
      unknownProblem(textOf(error), command),
  ];
}

/** Reports each reason once: several resources often fail for the same reason. */
function withoutRepeated(problems: readonly Problem[]): Problem[] {
  const byReason = Map.groupBy(problems, ({ why, fix }) => `${why}\n${fix}`);
  return [...byReason.values()].map(([first, ...others]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return { ...(first as Problem), what: `${first?.what}${more}` };
  });
}

function unknown({ type, name, message }: EngineFailure, command: Command): Problem {
  const kind = type.split(":").at(-1) ?? "";
  if (type === "") return unknownProblem(message, command);
  return { what: `${kind} ${name} failed`, why: indented(message), fix: runAgain(command) };
}

function unknownProblem(message: string, command: Command): Problem {
  return { what: "the run failed", why: indented(message), fix: runAgain(command) };
}

/**
 * The stderr of the Pulumi CLI, from the SDK's error message, which also contains the exit code,
 * stdout with the progress of the run, and the SDK's own error.
 */
function textOf({ message }: Error): string {
  const [, stderr] = /\bstderr: ([\s\S]*?)(?:\n\s*err\?: |$)/.exec(message) ?? [];
  if (stderr === undefined) return message;
  const lines = stderr.split("\n").filter((line) => !line.startsWith("Command failed with exit code"));
  const errors = lines
    .filter((line) => /^\s*error: /.test(line))
    .map((line) => line.replace(/^\s*error: /, ""));
  return (errors.length > 0 ? errors : lines).join("\n");
}
