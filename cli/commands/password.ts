import { type Command, Option } from "commander";
import { UserError } from "../../stack/errors.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { claimStack } from "../pulumi/one-run.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson } from "../terminal/say.ts";

interface PasswordOptions extends CommonOptions {
  readonly rotate: boolean;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .addOption(
      new Option("--rotate", "replace the password first: runs up, and restarts Grafana").default(false),
    )
    .addOption(jsonOption())
    .action(
      exitsWith<PasswordOptions>(async (options) =>
        options.rotate ? rotatePassword(options) : printPassword(options),
      ),
    );

async function printPassword({ stack, json }: CommonOptions): Promise<number> {
  const outputs = await outputsOf(stack);
  if (json) sayJson({ user: outputs.grafanaUser, password: outputs.grafanaPassword });
  else process.stdout.write(`${outputs.grafanaPassword}\n`);
  return exitCodes.ok;
}

/**
 * Replaces the password of Grafana's administrator: an `up` that generates a new one and restarts
 * Grafana. Prints only the password on stdout.
 */
async function rotatePassword({ stack, json }: PasswordOptions): Promise<number> {
  reserveStdoutForJson();
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
  if (deployed === "interrupted") {
    say("stopped. `npm run up` continues from here; `npm run password` prints the current password.");
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
