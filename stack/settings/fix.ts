import { isPrintable } from "./shown.ts";

/** The command that mends a setting; `npm run up -- --config KEY=VALUE` takes the same text. */
export function setCommand(key: string, value: string): string {
  return `pulumi config set ${key} ${isPrintable(value) && !value.startsWith("-") ? quoted(value) : "VALUE"}`;
}

/** The command that takes away a setting that nobody reads. */
export function removeCommand(key: string): string {
  if (isPrintable(key) && !key.startsWith("-")) return `pulumi config rm ${quoted(key)}`;
  return "take its line out of the stack's file   (npm run config lists the settings)";
}

/** As a shell reads it. */
function quoted(text: string): string {
  return /^[\w./:=@~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
