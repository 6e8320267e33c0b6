import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { type Problem, UserError } from "../../stack/errors.ts";
import { type StackSetting, schema } from "../../stack/settings/schema.ts";
import { type CommonOptions, exitsWithArgument, stackOption } from "../options.ts";
import { pulumiError } from "../pulumi/error-text.ts";
import { pulumiPath } from "../pulumi/install.ts";
import { claimStack } from "../pulumi/one-run.ts";
import { root } from "../pulumi/paths.ts";
import { findStack, type OpenStack } from "../pulumi/stack.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { say } from "../terminal/say.ts";

type SecretOptions = Pick<CommonOptions, "stack">;

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .argument("<key>", "the setting")
    .addOption(stackOption())
    .addHelpText("after", "\nAsks for the value, or reads it from standard input if there is no terminal.")
    .action(exitsWithArgument(setSecret));

/** Stores a secret setting in the stack's file, encrypted. */
async function setSecret(key: string, { stack }: SecretOptions): Promise<number> {
  const setting: StackSetting = secretSetting(key);
  claimStack(stack, "npm run secret");
  const value = process.stdin.isTTY ? await prompt(key) : firstLine(await text(process.stdin));
  // The message must not contain the value.
  if (setting.parse(value) === undefined || value === "") {
    throw wrong({
      what: `the value given for ${key} is not allowed`,
      why: value === "" ? "it is empty" : `it must be ${setting.allowed}`,
      fix: `npm run secret -- ${key}   (asks for it; or: printf %s "$PASSWORD" | npm run secret -- ${key})`,
    });
  }
  const { opened, make } = await findStack(stack);
  await store(opened ?? (await make()), key, value);
  say(
    `${key} is stored in Pulumi.${stack.split("/").at(-1)}.yaml, encrypted; the next \`npm run up\` uses it`,
  );
  return exitCodes.ok;
}

function secretSetting(key: string): StackSetting {
  const settings: Record<string, StackSetting> = schema;
  const secrets = Object.keys(settings).filter((name) => settings[name]?.secret);
  const setting = settings[key];
  if (setting?.secret) return setting;
  throw wrong({
    what: setting ? `${key} is not a secret` : `${key} is not a setting of latency-lab`,
    why: `the secrets are: ${secrets.join(", ")}`,
    fix: setting ? `npm run up -- --config ${key}=VALUE` : `npm run secret -- ${secrets[0]}`,
  });
}

async function prompt(key: string): Promise<string> {
  const { default: password } = await import("@inquirer/password");
  return password({ message: `${key}:`, mask: true });
}

function firstLine(given: string): string {
  return given.split(/\r?\n/)[0] ?? "";
}

/** Passes the value on standard input: every user of the machine could read an argument. */
async function store({ backend, name }: OpenStack, key: string, value: string): Promise<void> {
  const child = spawn(
    pulumiPath().command,
    ["config", "set", "--secret", `latency-lab:${key}`, "--stack", name, "--non-interactive"],
    {
      cwd: root,
      env: { ...process.env, ...backend.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  child.stdin.end(value);
  const [stderr, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve)),
  ]);
  if (code === 0) return;
  throw new UserError({
    what: `${key} could not be stored`,
    why: pulumiError(stderr),
    fix: `npm run secret -- ${key}   (again)`,
  });
}

function wrong(problem: Problem): UserError {
  return new UserError(problem, "input");
}
