import { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";
import { sayJson } from "../terminal/say.ts";

export const password = () =>
  new Command("password")
    .description("print the password of Grafana's administrator, and nothing else")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWith(printPassword));

async function printPassword({ stack, json }: CommonOptions): Promise<number> {
  const { outputsOf } = await import("../stack-outputs.ts");
  const outputs = await outputsOf(stack);
  if (json) sayJson({ user: outputs.grafanaUser, password: outputs.grafanaPassword });
  else process.stdout.write(`${outputs.grafanaPassword}\n`);
  return exitCodes.ok;
}
