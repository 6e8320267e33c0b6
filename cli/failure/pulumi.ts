import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";

/** Pulumi's error messages, for which it has no codes. */
const known: readonly { pattern: RegExp; problem(match: RegExpMatchArray, stack: string): Problem }[] = [
  {
    pattern: /the stack is currently locked by[^\n]*/,
    problem: ([answer], stack) => ({
      what: `another run works on the stack ${stack}`,
      why: answer,
      fix: `wait for it; if there is none: ${cancelCommand(stack)}`,
    }),
  },
  {
    pattern: /incorrect passphrase/,
    problem: () => ({
      what: "the stack's secrets can't be read",
      why: "they were encrypted with another passphrase",
      fix: "set PULUMI_CONFIG_PASSPHRASE to the passphrase of the stack",
    }),
  },
];

/** Explains an error of Pulumi's engine or CLI, not of a provider. */
export function pulumiProblem(message: string, { stack }: Pick<Plan, "stack">): Problem | undefined {
  for (const { pattern, problem } of known) {
    const match = message.match(pattern);
    if (match) return problem(match, stack);
  }
  return undefined;
}

/** The command that removes a stale lock from the commands' backend. */
export function cancelCommand(stack: string): string {
  return `. .latency-lab/env && pulumi cancel --yes --stack ${stack}`;
}
