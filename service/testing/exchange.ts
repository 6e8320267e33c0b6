import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";

/** A response as received. */
export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Unlike `fetch()`, adds no headers, does not decompress the response and follows no redirects. */
export function exchange(
  url: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    sent.on("error", reject).end();
  });
}

/** Sends bytes over a new connection. Resolves to everything received until it closes. */
export function sendBytes(
  port: number,
  bytes: string | Uint8Array,
  options: { end?: boolean } = {},
): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setEncoding("latin1");
    socket.on("connect", () => (options.end === true ? socket.end(bytes) : socket.write(bytes)));
    socket.on("data", (text) => {
      received += text;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
}
