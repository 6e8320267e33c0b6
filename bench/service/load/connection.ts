import { connect } from "node:net";

/** An answer, as its connection saw it. */
interface Answered {
  /** Milliseconds from the request's first byte to the answer's last one. */
  elapsed: number;
  status: number;
  /** Milliseconds that `Server-Timing` tells; undefined when it tells none. */
  delay: number | undefined;
}

/** What becomes of a connection. */
interface Watcher {
  answered: (answer: Answered) => void;
  /** It could not be opened, was closed, or what came over it was no answer. */
  failed: (why: string) => void;
}

/**
 * Keeps one request in flight over a connection of its own, until it is closed.
 *
 * Neither `fetch` nor `http.request`: with ten thousand of them the client would be
 * slower than the servers, and its delay would be measured instead of theirs.
 *
 * @returns what closes it
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

/** The status and the delay of an answer, once all of it is there. */
export function wholeAnswer(text: string): Omit<Answered, "elapsed"> | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length === undefined) throw new Error(`an answer without a Content-Length: ${text}`);
  if (text.length < head + 4 + Number(length)) return undefined;
  const delay = /\r\nserver-timing: *delay;dur=([\d.]+)/i.exec(text)?.[1];
  return { status: Number(text.slice(9, 12)), delay: delay === undefined ? undefined : Number(delay) };
}
