import type { Command } from "commander";
import { Grafana } from "../clients/grafana.ts";
import { reach } from "../clients/reach.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";
import { checks } from "../verify/checks.ts";

/** The options of the command, and what it runs. */
export const define = (command: Command) =>
  command.addOption(stackOption()).addOption(jsonOption()).action(exitsWith(verifyStack));

/** Goes through the exercise on the running stack and says of each step what it saw. */
async function verifyStack({ stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const { urls, forwarded, close } = await reach(outputs, ["grafana", "prometheus", "server"]);
  if (forwarded.length > 0)
    say(`through port-forwards, since NodePorts can't be reached: ${forwarded.join(", ")}`);
  const grafana = new Grafana(urls.grafana, outputs.grafanaUser, outputs.grafanaPassword);
  const results: { name: string; ok: boolean; saw: string }[] = [];
  try {
    for (const { name, look } of checks) {
      const result = await look({ plan, outputs, urls, grafana }).then(
        (saw) => ({ name, ok: true, saw }),
        (error: Error) => ({ name, ok: false, saw: error.message }),
      );
      results.push(result);
      say(`${result.ok ? styled("green", "✔") : styled("red", "✖")} ${name}: ${styled("dim", result.saw)}`);
    }
  } finally {
    close();
  }
  const failed = results.filter(({ ok }) => !ok).length;
  if (json) sayJson({ stack, ok: failed === 0, checks: results });
  else say(`\n${results.length - failed} of ${results.length} as they should be`);
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}
