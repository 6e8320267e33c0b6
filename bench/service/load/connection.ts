import { connect } from "node:net";

/** A response on a connection. */
interface Answered {
  /** Milliseconds from the first byte of the request to the last byte of the response. */
  elapsed: number;
  status: number;
  /** Delay in milliseconds from `Server-Timing`; undefined without that header. */
  delay: number | undefined;
}

/** Callbacks of a connection. */
interface Watcher {
  answered: (answer: Answered) => void;
  /** The connection could not be opened or was closed by the server. */
  failed: (why: string) => void;
}

/**
 * Opens a connection and keeps one request in flight on it.
 *
 * Does not use `fetch` or `http.request`: with 10,000 connections, the client would be slower than the
 * servers, and would measure itself.
 *
 * @returns a function that closes the connection
 */
export function connection(port: number, request: Buffer, { answered, failed }: Watcher): () => void {
  let sent = 0;
  let received = "";
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const send = () => {
    sent = performance.now();
    socket.write(request);
  };
  socket.setEncoding("latin1");
  socket.on("connect", send);
  socket.on("data", (text: unknown) => {
    received = received === "" ? String(text) : received + text;
    const answer = wholeAnswer(received);
    if (answer === undefined) return;
    received = "";
    answered({ ...answer, elapsed: performance.now() - sent });
    send();
  });
  socket.on("error", ({ message }) => failed(message));
  socket.on("close", () => failed("closed"));
  return () => {
    socket.removeAllListeners("close");
    socket.destroy();
  };
}

/** Parses a response; undefined if it is incomplete. Throws an error if it has no Content-Length. */
export function wholeAnswer(text: string): Omit<Answered, "elapsed"> | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length === undefined) throw new Error(`response without Content-Length: ${text}`);
  if (text.length < head + 4 + Number(length)) return undefined;
  const delay = /\r\nserver-timing: *delay;dur=([\d.]+)/i.exec(text)?.[1];
  return { status: Number(text.slice(9, 12)), delay: delay === undefined ? undefined : Number(delay) };
}
