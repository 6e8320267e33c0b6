import type { Command } from "commander";
import type { StackSetting } from "../../stack/settings/patterns.ts";
import { settingGroups } from "../../stack/settings/schema.ts";
import { type CommonOptions, wrongInput } from "../options.ts";
import { settingsInFile } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

export const define = (command: Command) =>
  command.argument("[word]", "only settings whose name or meaning contains this word");

/** Lists the settings with their values on the stack. */
export async function run(word: string | undefined, { stack }: CommonOptions): Promise<number> {
  const rows = rowsOf(stack).filter(({ key, description }) =>
    `${key} ${description}`.toLowerCase().includes((word ?? "").toLowerCase()),
  );
  if (rows.length === 0)
    throw wrongInput(
      `no setting contains “${word}”`,
      "neither in its name nor in its meaning",
      "npm run config",
    );
  sayResult(rows, () => {
    for (const [group, settings] of Map.groupBy(rows, ({ group }) => group)) {
      say(`\n${styled("bold", group)}`);
      for (const { key, value, default: otherwise, description, allowed } of settings) {
        say(`  ${value === undefined ? key : styled("green", key)} = ${value ?? otherwise ?? "unset"}`);
        say(styled("dim", `    ${description} Allowed: ${allowed}.`));
      }
    }
    say(`\nto set one:  npm run up -- --config KEY=VALUE   (or: pulumi config set KEY VALUE)`);
  });
  return exitCodes.ok;
}

/** `value` is undefined if the default applies. */
function rowsOf(stack: string) {
  const set = settingsInFile(stack);
  return Object.entries<Record<string, StackSetting>>(settingGroups).flatMap(([group, settings]) =>
    Object.entries(settings).map(([key, { secret, default: otherwise, description, allowed }]) => {
      const value = secret && set[key] !== undefined ? "(secret)" : set[key];
      return { group, key, value, default: otherwise, description, allowed };
    }),
  );
}
