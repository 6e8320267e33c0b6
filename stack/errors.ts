/** The form of every error message of latency-lab. */
export interface Problem {
  /** The setting or object, with the value received: `delayMin = "3s"`. */
  what: string;
  /** The reason: what is allowed, or the original error. */
  why: string;
  /** The command or action that fixes it. */
  fix: string;
}

/** When it was detected: `input` and `readiness` before anything was changed, `run` after. */
type FailureKind = "input" | "readiness" | "run";

/** Ends a run with messages for the user, without a stack trace. */
export class UserError extends Error {
  /** The mark of Pulumi's RunError, which Pulumi prints without a stack trace. */
  readonly __pulumiRunError = true;
  readonly problems: readonly Problem[];
  readonly kind: FailureKind;

  constructor(problems: Problem | readonly Problem[], kind: FailureKind = "run") {
    const list = "what" in problems ? [problems] : problems;
    super(list.map(describe).join("\n"));
    this.name = "UserError";
    this.problems = list;
    this.kind = kind;
  }
}

/** The first line of the error of a command, a request or a library. */
export function firstLineOf(error: unknown): string {
  const { stderr, cause, message, code } = error as Error & {
    stderr?: string;
    code?: string | number;
    cause?: { reason?: string; message?: string; code?: string };
  };
  // TLS errors below `fetch` have a short reason and a message of many lines. A name with several
  // addresses, none of which answers, has only a code.
  const text =
    stderr?.trim() || cause?.reason || cause?.message || cause?.code || message || String(code ?? "");
  return text.trim().split("\n")[0] ?? "";
}

/** Three lines per problem. */
export function describe(problem: Problem): string {
  return `${problem.what}\n  why: ${problem.why}\n  fix: ${problem.fix}`;
}

/** A text as one word for a POSIX shell, for commands in messages and scripts. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function problemIf(holds: boolean, problem: Problem): Problem[] {
  return holds ? [problem] : [];
}

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

/**
 * The command that corrects a setting and continues. Not `pulumi config set`: the Pulumi CLI may
 * not be on the PATH, or not logged in.
 */
export function setCommand(key: string, value: string): string {
  return `npm run up -- --config ${isPrintable(value) ? quoted(`${key}=${value}`) : `${key}=VALUE`}`;
}

/** The command that sets a secret. It prompts for the value, which keeps it out of shell history and process lists. */
export function secretCommand(key: string): string {
  return `npm run secret -- ${key}`;
}

const maxShown = 80;

/** Characters that a terminal interprets or hides. */
const notShown = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A value for a message: quoted, on one line, with control characters escaped, and shortened. */
export function shown(value: string): string {
  const cut = value.length > maxShown ? `${value.slice(0, maxShown)}…` : value;
  return JSON.stringify(cut).replace(notShown, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** Whether a text can appear unchanged in a message or in a command to copy. */
export function isPrintable(value: string): boolean {
  return value.length <= maxShown && value.trim() !== "" && value.search(notShown) < 0;
}
