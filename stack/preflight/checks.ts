import { type Problem, UserError } from "../errors.ts";

/** Runs checks in parallel. Throws one error with the problems of all that fail. */
export async function all<T extends readonly unknown[]>(
  checks: readonly [...{ [K in keyof T]: () => T[K] | Promise<T[K]> }],
): Promise<T> {
  const settled = await Promise.allSettled(checks.map(async (check) => check()));
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const unexpected = failures.find((reason) => !(reason instanceof UserError));
  if (unexpected) throw unexpected;
  failOn(failures.flatMap(({ problems }: UserError) => problems));
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

export function failOn(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new UserError(problems, "readiness");
}
