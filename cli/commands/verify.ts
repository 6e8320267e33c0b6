import type { Command } from "commander";
import { UserError } from "../../stack/errors.ts";
import { Grafana } from "../clients/grafana.ts";
import { reach } from "../clients/reach.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";
import { checksFor } from "../verify/checks.ts";

/** The options and the action of the command. */
export const define = (command: Command) =>
  command.addOption(stackOption()).addOption(jsonOption()).action(exitsWith(verifyStack));

/** Checks the exercise step by step on the running stack and prints what each check found. */
async function verifyStack({ stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const { urls, forwarded, close } = await reach(outputs, ["grafana", "prometheus", "server"]);
  if (forwarded.length > 0)
    say(`using port-forwards, because NodePorts can't be reached: ${forwarded.join(", ")}`);
  const grafana = new Grafana(urls.grafana, outputs.grafanaUser, outputs.grafanaPassword);
  const results: { name: string; ok: boolean; applies: boolean; saw: string }[] = [];
  try {
    for (const { name, look, doesNotApply } of checksFor(plan)) {
      const reason = doesNotApply?.(plan);
      const result = await (reason === undefined
        ? look({ plan, outputs, urls, grafana }).then(
            (saw) => ({ name, ok: true, applies: true, saw }),
            (error: Error) => ({ name, ok: false, applies: true, saw: sawOf(error) }),
          )
        : { name, ok: true, applies: false, saw: reason });
      results.push(result);
      const mark = result.applies ? styled(result.ok ? "green" : "red", result.ok ? "✔" : "✖") : "–";
      say(`${mark} ${name}: ${styled("dim", result.saw)}`);
    }
  } finally {
    close();
  }
  const applied = results.filter(({ applies }) => applies);
  const failed = applied.filter(({ ok }) => !ok).length;
  const others = results.length - applied.length;
  if (json) sayJson({ stack, ok: failed === 0, checks: results });
  else {
    const rest = others === 0 ? "" : `; ${others} do not apply to these settings`;
    say(`\n${applied.length - failed} of ${applied.length} checks passed${rest}`);
  }
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

/** The text of a failed check. */
function sawOf(error: Error): string {
  return error instanceof UserError
    ? error.problems.map(({ what, why }) => `${what}: ${why}`).join("; ")
    : error.message;
}
