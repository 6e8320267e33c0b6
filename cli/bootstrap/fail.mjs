/** A line for the user; stdout is the command's. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends with 3, as commands do if something is missing or in the way. */
export function fail(what, why, fix) {
  say(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(3);
}
