// A load with a constant number of requests in flight: `node in-flight.ts LOAD`, with the load as JSON.
import { connect } from "node:net";

export interface Load {
  port: number;
  path: string;
  /** Number of requests in flight, each on its own connection. */
  inFlight: number;
  /** Seconds to continue after every connection has had a response. */
  seconds: number;
  /** Delay of every response in milliseconds; undefined if responses report it in `Server-Timing`. */
  delay: number | undefined;
}

/** The results of a load. Times are in milliseconds. */
export interface Fared {
  answered: number;
  /** Refused or broken connections, and responses with a status other than 200. */
  errors: number;
  firstError: string | undefined;
  /** Responses before the end of their delay. */
  early: number;
  /** Time from the start until the last connection was accepted: its first response minus the delay. */
  acceptedAfter: number;
  /** Time of responses in excess of their delay, after all connections are open. */
  excess: { p50: number; p99: number; max: number };
}

/**
 * Opens all connections at once and keeps one request in flight on each.
 *
 * Does not use `fetch` or `http.request`: with 10,000 connections, the client would be slower than the
 * servers, and would measure itself.
 */
export function inFlight({ port, path, inFlight, seconds, delay }: Load): Promise<Fared> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const excesses: number[] = [];
  let [answered, errors, early, opened, acceptedAfter] = [0, 0, 0, 0, 0];
  let firstError: string | undefined;
  const began = performance.now();
  return new Promise((resolve) => {
    const failed = (why: string) => {
      errors++;
      firstError ??= why;
    };
    /** Counts a connection that has had its first response or has failed. */
    const open = () => {
      if (++opened === inFlight) setTimeout(end, seconds * 1000);
    };
    const end = () => {
      for (const socket of sockets) socket.removeAllListeners("close").destroy();
      resolve({ answered, errors, firstError, early, acceptedAfter, excess: quantiles(excesses) });
    };
    const opening = () => {
      let sent = 0;
      let received = "";
      let first = true;
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      const send = () => {
        sent = performance.now();
        socket.write(request);
      };
      const receive = (text: unknown) => {
        received = received === "" ? String(text) : received + text;
        const answer = wholeAnswer(received);
        if (answer === undefined) return;
        received = "";
        answered++;
        const waited = delay ?? answer.delay;
        const excess = performance.now() - sent - (waited ?? Number.NaN);
        if (waited === undefined) failed(`status ${answer.status} without a delay`);
        else if (answer.status !== 200) failed(`status ${answer.status}`);
        if (excess < 0) early++;
        if (opened === inFlight) excesses.push(excess);
        if (first) {
          first = false;
          acceptedAfter = Math.max(acceptedAfter, performance.now() - began - (waited ?? 0));
          open();
        }
        send();
      };
      const broken = (why: string) => {
        failed(why);
        open();
      };
      return socket
        .setEncoding("latin1")
        .on("connect", send)
        .on("data", receive)
        .on("error", ({ message }) => broken(message))
        .on("close", () => broken("closed"));
    };
    const sockets = Array.from({ length: inFlight }, opening);
  });
}

function quantiles(values: readonly number[]): Fared["excess"] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/**
 * Parses a response: its status, and its delay in milliseconds from `Server-Timing`, if it has that header.
 * Undefined if it is incomplete. Throws an error if it has no Content-Length.
 */
export function wholeAnswer(text: string): { status: number; delay: number | undefined } | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length === undefined) throw new Error(`response without Content-Length: ${text}`);
  if (text.length < head + 4 + Number(length)) return undefined;
  const delay = /\r\nserver-timing: *delay;dur=([\d.]+)/i.exec(text)?.[1];
  return { status: Number(text.slice(9, 12)), delay: delay === undefined ? undefined : Number(delay) };
}

if (process.argv[1] === import.meta.filename) {
  console.log(JSON.stringify(await inFlight(JSON.parse(process.argv[2] ?? ""))));
  process.exit(0);
}
