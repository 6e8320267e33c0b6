import { randomFillSync } from "node:crypto";

/** What a client may call its request: safe in a header, a log line and an exemplar, which holds 128 characters. */
const valid = /^[A-Za-z0-9._~:@=+/-]{1,64}$/;

/**
 * The id of a request: what the client calls it when that is valid, or a new one
 * of 32 hexadecimal digits, the form of a trace id.
 */
export function requestId(fromClient: string | string[] | undefined): string {
  return typeof fromClient === "string" && valid.test(fromClient) ? fromClient : newHexId(16);
}

// Asking the system for randomness costs far more than 16 bytes of it are worth.
const pool = Buffer.allocUnsafe(8192);
let used = pool.length;

/** Random bytes in hexadecimal digits, two a byte. */
export function newHexId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}
