import { UserError } from "../stack/errors.ts";
import { makePlan, type Plan } from "../stack/plan.ts";
import { plainSecrets, readSettings } from "../stack/settings/read.ts";
import { root } from "./workspace/paths.ts";
import { settingsInFile } from "./workspace/stack-file.ts";

/** The settings of a stack, read and checked, with changes of the command line on top. */
export function planOf(stack: string, changes: ReadonlyMap<string, string> = new Map()): Plan {
  const raw = { ...settingsInFile(stack), ...Object.fromEntries(changes) };
  const short = stack.split("/").at(-1) as string;
  const { configuration, problems } = readSettings(raw, short);
  // Encrypted ones are empty here, so that any text of a secret is plain.
  const plain = plainSecrets(raw, () => false);
  if (configuration === undefined || plain.length > 0) throw new UserError([...problems, ...plain], "input");
  return makePlan(configuration, short, root);
}
