/** What went wrong, in the form every message of latency-lab has. */
export interface Problem {
  /** The setting or thing concerned, with the value received: `delayMin = "3s"`. */
  what: string;
  /** Why that can't be: what is allowed, or what answered. */
  why: string;
  /** The command, or the action, that mends it. */
  fix: string;
}

/** When it was noticed: `input` and `readiness` before anything was changed, `run` after. */
type FailureKind = "input" | "readiness" | "run";

/** Ends a run with messages for the user and without a stack trace. */
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

/** The first line of what a failed command, a failed request or a library says. */
export function firstLineOf(error: unknown): string {
  const { stderr, cause, message, code } = error as Error & {
    stderr?: string;
    code?: string | number;
    cause?: { reason?: string; message?: string };
  };
  // Below `fetch`, TLS has a reason, and a message of many lines.
  const said = stderr?.trim() || cause?.reason || cause?.message || message || String(code ?? "");
  return said.trim().split("\n")[0] ?? "";
}

/** Three lines a problem, so that a screen with several stays readable. */
export function describe(problem: Problem): string {
  return `${problem.what}\n  why: ${problem.why}\n  fix: ${problem.fix}`;
}
