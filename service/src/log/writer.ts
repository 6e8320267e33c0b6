import { write, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Time after which buffered lines are written, in milliseconds. */
const interval = 20;
/** Characters to buffer for a slow reader before lines are dropped. */
const longestBacklog = 16 * 1024 * 1024;

/**
 * Writes lines to a file descriptor without blocking requests, unlike `process.stdout`: in batches, on
 * libuv's thread pool. If the reader is too slow, lines are dropped and counted.
 */
export class LineWriter {
  /** The number of dropped lines. */
  dropped = 0;
  readonly #descriptor: number;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #isBroken = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Buffers a line, which must end with a newline. */
  write(line: string): void {
    if (this.#isBroken || this.#waiting.length > longestBacklog) {
      this.dropped++;
      return;
    }
    this.#waiting += line;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all lines are written or the descriptor is broken. */
  async end(): Promise<void> {
    await this.#writing;
  }

  /** Writes the buffered lines synchronously, for the last lines of a crashing process. */
  writeNow(): void {
    try {
      writeSync(this.#descriptor, this.#waiting);
    } catch {
      // The log itself is broken, so the error cannot be reported.
    }
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting !== "") {
        await sleep(interval);
        let batch = Buffer.from(this.#waiting, "latin1");
        this.#waiting = "";
        while (batch.length > 0) batch = batch.subarray(await this.#writeSome(batch));
      }
    } catch {
      // A permanent error, such as a closed pipe or a full disk.
      this.#isBroken = true;
    }
    this.#writing = undefined;
  }

  async #writeSome(batch: Buffer): Promise<number> {
    try {
      return (await promisify(write)(this.#descriptor, batch)).bytesWritten;
    } catch (error) {
      // Otherwise the pipe is full, and another process has made it non-blocking.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      await sleep(interval);
      return 0;
    }
  }
}
