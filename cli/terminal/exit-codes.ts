/** Exit codes of the commands, as documented in the README. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** The command failed; the message says what to do. */
  failed: 1,
  /** The command line or a setting is wrong; nothing was changed. */
  wrongInput: 2,
  /** A requirement of the command is not met; nothing was changed. */
  notReady: 3,
  /** Ctrl-C, or another signal: 128 plus its number. The next run continues from there. */
  interrupted: 130,
} as const;

/** One line for the help text. */
export function describedExitCodes(): string {
  const { ok, failed, wrongInput, notReady, interrupted } = exitCodes;
  return (
    `${ok} done, ${failed} failed, ${wrongInput} wrong option or setting, ` +
    `${notReady} a requirement is not met, ${interrupted} stopped by Ctrl-C`
  );
}
