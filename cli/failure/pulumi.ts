import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";

/** Sentences of Pulumi's own, which has no codes for them. */
const known: readonly { says: RegExp; problem(match: RegExpMatchArray, stack: string): Problem }[] = [
  {
    says: /the stack is currently locked by[^\n]*/,
    problem: ([answer], stack) => ({
      what: `another run works on the stack ${stack}`,
      why: answer,
      fix: `wait for it; if there is none: ${cancelCommand(stack)}`,
    }),
  },
  {
    says: /incorrect passphrase/,
    problem: () => ({
      what: "the stack's secrets can't be read",
      why: "they were encrypted with another passphrase",
      fix: "set PULUMI_CONFIG_PASSPHRASE to the one the stack was made with",
    }),
  },
];

/** What Pulumi's engine or command line says of itself, not a provider. */
export function pulumiProblem(message: string, { stack }: Pick<Plan, "stack">): Problem | undefined {
  for (const { says, problem } of known) {
    const match = message.match(says);
    if (match) return problem(match, stack);
  }
  return undefined;
}

/** Removes a lock that nobody holds any more, in the backend that the commands use. */
export function cancelCommand(stack: string): string {
  return `. .latency-lab/env && pulumi cancel --yes --stack ${stack}`;
}
