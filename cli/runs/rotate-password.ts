import { UserError } from "../../stack/errors.ts";
import { prepare } from "../../stack/preflight/preflight.ts";
import type { PasswordOptions } from "../commands/password.ts";
import { exitCodes } from "../exit-codes.ts";
import { planOf } from "../plan.ts";
import { outputsOf } from "../stack-outputs.ts";
import { reserveStdoutForJson, say, sayJson } from "../terminal/say.ts";
import { deploy } from "./deploy.ts";

/**
 * Gives Grafana's administrator another password: an `up` that draws a new one, with
 * which Grafana is started again. Prints it, and nothing else, on stdout.
 */
export async function rotatePassword({ stack, json }: PasswordOptions): Promise<number> {
  reserveStdoutForJson();
  const began = Date.now();
  const { grafanaPassword: before } = await outputsOf(stack);
  const plan = planOf(stack);
  const prepared = { ...(await prepare(plan)), newPassword: true };
  const deployed = await deploy(stack, plan, prepared, undefined, began);
  if (deployed === "interrupted") {
    say("stopped. `npm run up` goes on from here; `npm run password` says which password it is.");
    return exitCodes.interrupted;
  }
  const { grafanaUser: user, grafanaPassword: password } = deployed.outputs;
  if (password === before) {
    throw new UserError({
      what: "the password is still the old one",
      why: "Pulumi did not replace the resource grafana-password",
      fix: "pulumi self-update   (then run the command again)",
    });
  }
  if (json) sayJson({ user, password });
  else process.stdout.write(`${password}\n`);
  return exitCodes.ok;
}
