import { connect } from "node:net";

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
