/** What a command's exit code says; the README lists them. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** It was tried and failed; the message says what to do. */
  failed: 1,
  /** The command line or a setting is wrong; nothing was changed. */
  wrongInput: 2,
  /** Something the command needs is missing or in the way; nothing was changed. */
  notReady: 3,
  /** Ctrl-C, or another signal: 128 and its number. The next run goes on from there. */
  interrupted: 130,
} as const;

/** One line for the help of every command. */
export function describedExitCodes(): string {
  const { ok, failed, wrongInput, notReady, interrupted } = exitCodes;
  return (
    `${ok} done, ${failed} failed, ${wrongInput} wrong option or setting, ` +
    `${notReady} something is missing or in the way, ${interrupted} stopped by Ctrl-C`
  );
}
