/** Error codes of a closed pipe or terminal. */
const readerIsGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

let continues = false;
let failure: Error | undefined;

/**
 * Prevents a failed write from ending the command with a stack trace. If the output is closed
 * (`| head`, a closed terminal), a read-only command ends, and a command that changes a stack
 * continues without output.
 */
export function surviveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!readerIsGone.has(error.code ?? "")) failure ??= error;
      else if (!continues) process.exit();
    });
  }
}

/** From now on, the command continues if its output is closed. */
export function finishWithoutReader(): void {
  continues = true;
}

/** The error of a failed write, such as a full disk behind `> file`. */
export async function writeFailure(): Promise<Error | undefined> {
  // Streams report errors in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return failure;
}

/** Assumes 80×24 for a terminal that does not report its size (`docker exec -t`, a serial line). */
export function assumeWidth(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.isTTY) Object.assign(stream, { columns: stream.columns || 80, rows: stream.rows || 24 });
  }
}
