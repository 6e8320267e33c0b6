/** What a stream says when nobody reads it any more: a closed pipe, a closed terminal. */
const readerIsGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

let goesOn = false;
let failure: Error | undefined;

/**
 * Keeps a write that fails from ending the command with a trace. When the reader is gone
 * (`| head`, a closed terminal), a command that only reads ends, and one that changes a
 * stack goes on without output.
 */
export function surviveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!readerIsGone.has(error.code ?? "")) failure ??= error;
      else if (!goesOn) process.exit();
    });
  }
}

/** From now on the command has something to finish, with or without a reader. */
export function finishWithoutReader(): void {
  goesOn = true;
}

/** Why something could not be written, such as a full disk behind `> file`. */
export async function writeFailure(): Promise<Error | undefined> {
  // A stream tells its errors in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return failure;
}
