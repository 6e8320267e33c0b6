// The one place where a failure becomes what, why and fix.
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { dockerProblem } from "./docker.ts";
import type { EngineFailure } from "./engine.ts";
import { answerProblem, kubernetesProblem } from "./kubernetes.ts";
import { pulumiProblem } from "./pulumi.ts";
import { type Command, goesOn, indented } from "./text.ts";

/**
 * Tells what went wrong by where it comes from: the failed resource and its provider, the status
 * of an answer, Pulumi itself. What is not known is shown as it was said, whole.
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
    answerProblem(error, plan, command) ?? pulumiProblem(said(error), plan) ?? ofNobody(said(error), command),
  ];
}

/** Several resources often fail for one reason: it is told once, with all of them. */
function withoutRepeated(problems: readonly Problem[]): Problem[] {
  const byReason = Map.groupBy(problems, ({ why, fix }) => `${why}\n${fix}`);
  return [...byReason.values()].map(([first, ...others]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return { ...(first as Problem), what: `${first?.what}${more}` };
  });
}

function unknown({ type, name, message }: EngineFailure, command: Command): Problem {
  const kind = type.split(":").at(-1) ?? "";
  if (type === "") return ofNobody(message, command);
  return { what: `${kind} ${name} failed`, why: indented(message), fix: goesOn(command) };
}

function ofNobody(message: string, command: Command): Problem {
  return { what: "the run failed", why: indented(message), fix: goesOn(command) };
}

/**
 * What Pulumi's command line said when it could not begin: on stderr alone. Its SDK puts the exit code
 * before it, and stdout, which holds the progress of a run, and the SDK's own error behind it.
 */
function said({ message }: Error): string {
  const [, stderr] = /\bstderr: ([\s\S]*?)(?:\n\s*err\?: |$)/.exec(message) ?? [];
  if (stderr === undefined) return message;
  const lines = stderr.split("\n").filter((line) => !line.startsWith("Command failed with exit code"));
  const errors = lines
    .filter((line) => /^\s*error: /.test(line))
    .map((line) => line.replace(/^\s*error: /, ""));
  return (errors.length > 0 ? errors : lines).join("\n");
}
