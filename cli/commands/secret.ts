import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { UserError } from "../../stack/errors.ts";
import type { StackSetting } from "../../stack/settings/patterns.ts";
import { schema, settingOf } from "../../stack/settings/schema.ts";
import { type CommonOptions, wrongInput } from "../options.ts";
import { pulumiProblem } from "../pulumi/backend.ts";
import { claimStack } from "../pulumi/lock.ts";
import { type Failure, pulumi } from "../pulumi/pulumi-cli.ts";
import { pulumiError } from "../pulumi/run-failures.ts";
import { findStack } from "../pulumi/stack.ts";
import { fileOf } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayResult } from "../terminal/say.ts";

export const define = (command: Command) =>
  command
    .argument("<key>", "the setting")
    .addHelpText("after", "\nAsks for the value, or reads it from standard input if there is no terminal.");

/** Stores a secret setting in the stack's file, encrypted. */
export async function run(key: string, { stack }: CommonOptions): Promise<number> {
  const { parse, allowed } = secretSetting(key);
  claimStack(stack, "npm run secret");
  const { default: password } = await import("@inquirer/password");
  const value = process.stdin.isTTY
    ? await password({ message: `${key}:`, mask: true })
    : (await text(process.stdin)).split(/\r?\n/)[0];
  // The message must not contain the value.
  if (!value || parse(value) === undefined)
    throw wrongInput(
      `the value given for ${key} is not allowed`,
      value ? `it must be ${allowed}` : "it is empty",
      `npm run secret -- ${key}   (asks for it; or: printf %s "$PASSWORD" | npm run secret -- ${key})`,
    );
  const { opened, make } = await findStack(stack);
  if (!opened) await make();
  const args = ["config", "set", "--secret", `latency-lab:${key}`, "--stack", stack];
  await pulumi(args, value).catch(({ stderr = "" }: Failure) => {
    const fix = `npm run secret -- ${key}   (again)`;
    const other = { what: `${key} could not be stored`, why: pulumiError(stderr), fix };
    throw new UserError(pulumiProblem(stderr, stack) ?? other);
  });
  const file = fileOf(stack);
  sayResult({ stack, key, file }, () =>
    say(`${key} is stored in ${file}, encrypted; the next \`npm run up\` uses it`),
  );
  return exitCodes.ok;
}

function secretSetting(key: string): StackSetting {
  const secrets = Object.keys(schema).filter((name) => settingOf(name)?.secret);
  const setting = settingOf(key);
  if (setting?.secret) return setting;
  throw wrongInput(
    setting ? `${key} is not a secret` : `${key} is not a setting of latency-lab`,
    `the secrets are: ${secrets.join(", ")}`,
    setting ? `npm run up -- --config ${key}=VALUE` : `npm run secret -- ${secrets[0]}`,
  );
}
