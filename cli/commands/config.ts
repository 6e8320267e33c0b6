import type { Command } from "commander";
import { UserError } from "../../stack/errors.ts";
import { type StackSetting, settingGroups } from "../../stack/settings/schema.ts";
import { type CommonOptions, exitsWithArgument, jsonOption, stackOption } from "../options.ts";
import { settingsInFile } from "../pulumi/stack-file.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, styled } from "../terminal/say.ts";

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .argument("[word]", "only settings whose name or meaning contains this word")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(exitsWithArgument<string | undefined, CommonOptions>(listSettings));

interface Row {
  readonly group: string;
  readonly key: string;
  /** As set on the stack; undefined if the default applies. */
  readonly value: string | undefined;
  readonly default: string | undefined;
  readonly description: string;
  readonly allowed: string;
}

async function listSettings(word: string | undefined, { stack, json }: CommonOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const rows = rowsOf(stack).filter(({ key, description }) =>
    `${key} ${description}`.toLowerCase().includes((word ?? "").toLowerCase()),
  );
  if (rows.length === 0) {
    throw new UserError(
      {
        what: `no setting contains “${word}”`,
        why: "neither in its name nor in its meaning",
        fix: "npm run config",
      },
      "input",
    );
  }
  if (json) {
    sayJson(rows);
    return exitCodes.ok;
  }
  let group = "";
  for (const row of rows) {
    if (row.group !== group) say(`\n${styled("bold", row.group)}`);
    group = row.group;
    const value = row.value ?? row.default ?? "unset";
    say(`  ${row.value === undefined ? row.key : styled("green", row.key)} = ${value}`);
    say(styled("dim", `    ${row.description} Allowed: ${row.allowed}.`));
  }
  say(`\nto set one:  npm run up -- --config KEY=VALUE   (or: pulumi config set KEY VALUE)`);
  return exitCodes.ok;
}

function rowsOf(stack: string): Row[] {
  const set = settingsInFile(stack);
  return Object.entries<Record<string, StackSetting>>(settingGroups).flatMap(([group, settings]) =>
    Object.entries(settings).map(([key, setting]) => ({
      group,
      key,
      value: setting.secret && set[key] !== undefined ? "(secret)" : set[key],
      default: setting.default,
      description: setting.description,
      allowed: setting.allowed,
    })),
  );
}
