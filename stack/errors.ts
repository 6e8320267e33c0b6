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
    cause?: { reason?: string; message?: string };
  };
  // TLS errors below `fetch` have a short reason and a message of many lines.
  const text = stderr?.trim() || cause?.reason || cause?.message || message || String(code ?? "");
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
