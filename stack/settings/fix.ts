import { isPrintable } from "./shown.ts";

/**
 * The command that mends a setting, and goes on: everybody has it, while the Pulumi
 * command line may be one that is not on the PATH, or logged in nowhere.
 */
export function setCommand(key: string, value: string): string {
  return `npm run up -- --config ${isPrintable(value) ? quoted(`${key}=${value}`) : `${key}=VALUE`}`;
}

/** The command that sets a secret: it asks for it, so that no history and no list of processes has it. */
export function secretCommand(key: string): string {
  return `npm run secret -- ${key}`;
}

/** As a shell reads it. */
function quoted(text: string): string {
  return /^[\w./:=@~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
