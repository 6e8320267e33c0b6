import type { Command } from "commander";
import { UserError } from "../../stack/errors.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { claimStack } from "../pulumi/lock.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes, reserveStdoutForJson, say } from "../terminal/say.ts";

export const define = (command: Command) =>
  command.option("--rotate", "replace the password first: runs up, and restarts Grafana", false);

/** Prints the password of Grafana's administrator, and nothing else on stdout. */
export async function run({ stack, json, rotate }: CommonOptions & { rotate: boolean }): Promise<number> {
  if (rotate) reserveStdoutForJson();
  const outputs = rotate ? await rotated(stack) : await outputsOf(stack);
  if (outputs === "interrupted") {
    say("stopped. `npm run up` continues from here; `npm run password` prints the current password.");
    return exitCodes.interrupted;
  }
  const { grafanaUser: user, grafanaPassword: password } = outputs;
  process.stdout.write(json ? `${JSON.stringify({ user, password })}\n` : `${password}\n`);
  return exitCodes.ok;
}

/** Runs an `up` that generates a new password and restarts Grafana. */
async function rotated(stack: string) {
  const began = Date.now();
  claimStack(stack, "npm run password -- --rotate");
  const { grafanaPassword: before } = await outputsOf(stack);
  const plan = planOf(stack);
  // Not needed, and so not loaded, to print the password.
  const [{ prepare }, { deploy }] = await Promise.all([
    import("../../stack/preflight/preflight.ts"),
    import("../pulumi/deploy.ts"),
  ]);
  const args = { ...(await prepare(plan)), newPassword: true };
  const deployed = await deploy(stack, plan, args, undefined, began);
  if (deployed === "interrupted") return deployed;
  if (deployed.outputs.grafanaPassword !== before) return deployed.outputs;
  throw new UserError({
    what: "the password is still the old one",
    why: "Pulumi did not replace the resource grafana-password",
    fix: "pulumi self-update   (then run the command again)",
  });
}
