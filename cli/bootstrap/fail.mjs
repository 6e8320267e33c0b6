/** Prints a line for the user on stderr, because stdout belongs to the command. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Exits with 3, the commands' exit code for "not ready". */
export function fail(what, why, fix) {
  say(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(3);
}
