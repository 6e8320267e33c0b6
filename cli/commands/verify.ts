import { UserError } from "../../stack/errors.ts";
import { connect } from "../clients/reach.ts";
import { checksFor, NotAvailable } from "../observe/verify-checks.ts";
import type { CommonOptions } from "../options.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

/** Checks the exercise step by step on the running stack and prints what each check found. */
export async function run({ stack }: CommonOptions): Promise<number> {
  const subject = await connect(stack, "grafana", "prometheus", "server");
  const { plan, forwarded } = subject;
  if (forwarded.length > 0)
    say(`using port-forwards, because NodePorts can't be reached: ${forwarded.join(", ")}`);
  const checks: { name: string; ok: boolean; applies: boolean; saw: string }[] = [];
  for (const { name, look, doesNotApply } of checksFor(plan)) {
    const reason = doesNotApply?.(plan);
    const [applies, ok, saw] =
      reason === undefined
        ? await look(subject).then(
            (saw) => [true, true, saw] as const,
            (error: Error) => {
              const applies = !(error instanceof NotAvailable);
              return [applies, !applies, sawOf(error)] as const;
            },
          )
        : [false, true, reason];
    checks.push({ name, ok, applies, saw });
    const mark = applies ? styled(ok ? "green" : "red", ok ? "✔" : "✖") : "–";
    say(`${mark} ${name}: ${styled("dim", saw)}`);
  }
  const applied = checks.filter(({ applies }) => applies);
  const failed = applied.filter(({ ok }) => !ok).length;
  const others = checks.length - applied.length;
  sayResult({ stack, ok: failed === 0, checks }, () => {
    const rest = others === 0 ? "" : `; ${others} do not apply to these settings`;
    say(`\n${applied.length - failed} of ${applied.length} checks passed${rest}`);
  });
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

function sawOf(error: Error): string {
  return error instanceof UserError
    ? error.problems.map(({ what, why }) => `${what}: ${why}`).join("; ")
    : error.message;
}
