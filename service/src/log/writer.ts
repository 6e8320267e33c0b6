import { write, writeSync } from "node:fs";

/** A batch is written after this time or at this size, whichever comes first. */
const batch = { milliseconds: 20, characters: 64 * 1024 };
/** Characters to buffer for a slow reader before lines are dropped. */
const longestBacklog = 16 * 1024 * 1024;

/**
 * Writes lines to a file descriptor without blocking requests: in batches, one at a time, on libuv's
 * thread pool. If the reader is too slow, lines are dropped and counted.
 */
export class LineWriter {
  /** The number of dropped lines. */
  dropped = 0;
  readonly #descriptor: number;
  #waiting = "";
  #writing: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #broken = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Buffers a line, which must end with a newline. */
  write(line: string): void {
    if (this.#broken || this.#waiting.length > longestBacklog) {
      this.dropped++;
      return;
    }
    this.#waiting += line;
    if (this.#waiting.length >= batch.characters) this.#flush();
    else this.#timer ??= setTimeout(this.#flush, batch.milliseconds).unref();
  }

  /** Resolves when all lines are written or the descriptor is broken. */
  async end(): Promise<void> {
    while (!this.#broken && (this.#writing !== undefined || this.#waiting !== "")) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Writes the buffered lines synchronously, for the last lines of a crashing process. */
  writeNow(): void {
    const rest = this.#waiting;
    this.#waiting = "";
    try {
      writeSync(this.#descriptor, rest);
    } catch {
      // The log itself is broken, so the error cannot be reported.
    }
  }

  readonly #flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#waiting === "") return;
    this.#writing = Buffer.from(this.#waiting, "latin1");
    this.#waiting = "";
    this.#writeOn();
  };

  #writeOn(): void {
    write(this.#descriptor, this.#writing as Buffer, (error, written) => {
      if (error !== null && !isBusy(error)) {
        // A permanent error, such as a closed pipe or a full disk.
        this.#broken = true;
        this.#writing = undefined;
        return;
      }
      this.#writing = this.#writing?.subarray(error === null ? written : 0);
      if (this.#writing !== undefined && this.#writing.length > 0) {
        if (error === null) this.#writeOn();
        else setTimeout(() => this.#writeOn(), batch.milliseconds);
        return;
      }
      this.#writing = undefined;
      this.#flush();
    });
  }
}

/** Whether the pipe is full. Only happens if another process has made it non-blocking. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
