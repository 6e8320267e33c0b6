import type { IncomingMessage } from "node:http";

/** How receiving a body ended. */
export type Received = "complete" | "too large" | "client left";

/**
 * Reads a request's body and throws it away.
 *
 * @returns undefined at once when the request has none
 */
export function receiveBody(incoming: IncomingMessage, maxBytes: number): Promise<Received> | undefined {
  const { "content-length": length, "transfer-encoding": encoding } = incoming.headers;
  if (encoding === undefined && (length === undefined || length === "0")) return undefined;
  if (Number(length) > maxBytes) return Promise.resolve("too large");
  return new Promise((resolve) => {
    let bytes = 0;
    incoming
      .on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) resolve("too large");
      })
      .on("end", () => resolve("complete"))
      .on("close", () => resolve("client left"))
      .on("error", () => resolve("client left"));
  });
}
