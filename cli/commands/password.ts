import { Command, Option } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";
import { sayJson } from "../terminal/say.ts";

export interface PasswordOptions extends CommonOptions {
  readonly rotate: boolean;
}

export const password = () =>
  new Command("password")
    .description("print the password of Grafana's administrator, and nothing else")
    .addOption(stackOption())
    .addOption(
      new Option(
        "--rotate",
        "make another password first: brings the stack up, and starts Grafana again",
      ).default(false),
    )
    .addOption(jsonOption())
    .action(
      exitsWith<PasswordOptions>(async (options) =>
        options.rotate
          ? (await import("../runs/rotate-password.ts")).rotatePassword(options)
          : printPassword(options),
      ),
    );

async function printPassword({ stack, json }: CommonOptions): Promise<number> {
  const { outputsOf } = await import("../stack-outputs.ts");
  const outputs = await outputsOf(stack);
  if (json) sayJson({ user: outputs.grafanaUser, password: outputs.grafanaPassword });
  else process.stdout.write(`${outputs.grafanaPassword}\n`);
  return exitCodes.ok;
}
