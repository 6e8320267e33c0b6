import { write, writeSync } from "node:fs";

/** Lines are written together, after this many milliseconds or this many characters. */
const batch = { milliseconds: 20, characters: 64 * 1024 };
/** Bytes that can wait for a slow reader before lines are dropped. */
const longestBacklog = 16 * 1024 * 1024;

/**
 * Writes lines to a file descriptor without blocking requests: in batches, from another thread, one
 * batch after the other. If the reader is too slow, lines are dropped and counted.
 */
export class LineWriter {
  /** Number of dropped lines. */
  dropped = 0;
  readonly #descriptor: number;
  #waiting = "";
  #writing: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #broken = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Takes a text that ends in a line break. */
  write(line: string): void {
    if (this.#broken || this.#waiting.length > longestBacklog) {
      this.dropped++;
      return;
    }
    this.#waiting += line;
    if (this.#waiting.length >= batch.characters) this.#flush();
    else this.#timer ??= setTimeout(this.#flush, batch.milliseconds).unref();
  }

  /** Resolves when every line is written, or can never be. */
  async end(): Promise<void> {
    while (!this.#broken && (this.#writing !== undefined || this.#waiting !== "")) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Writes what waits at once, for the last lines before a process that has failed ends. */
  writeNow(): void {
    const rest = this.#waiting;
    this.#waiting = "";
    try {
      writeSync(this.#descriptor, rest);
    } catch {
      // There is nowhere left to say it.
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
        // Nobody will ever read it: a closed pipe, a full disk.
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

/** The pipe is full, and another process made it non-blocking. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
