import { connection } from "./connection.ts";

/** How many requests are to be in flight, and for how long. */
export interface Load {
  port: number;
  path: string;
  /** Requests in flight at a time, each over its own connection. */
  inFlight: number;
  /** How long it goes on once every connection has been answered. */
  seconds: number;
  /** Milliseconds that every answer is delayed; undefined when each tells its own. */
  delay: number | undefined;
}

/** How the requests fared. Times in milliseconds. */
export interface Fared {
  answered: number;
  /** Connections refused or broken, and answers with another status than 200. */
  errors: number;
  firstError: string | undefined;
  /** Answers that came before their delay was over. */
  early: number;
  /** From the first connection's opening until every one had been accepted: its first answer came, less the delay. */
  acceptedAfter: number;
  /** The time above the delay that answers took once all connections were open. */
  excess: { p50: number; p99: number; max: number };
}

/** Opens all connections at once and keeps a request in flight over each. */
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
      open();
    };
    /** A connection has had its first answer, or will never have one. */
    const open = () => {
      if (++opened === inFlight) setTimeout(end, seconds * 1000);
    };
    const end = () => {
      for (const close of connections) close();
      resolve({ answered, errors, firstError, early, acceptedAfter, excess: quantiles(excesses) });
    };
    const opening = () => {
      let first = true;
      return connection(port, request, {
        failed,
        answered: ({ elapsed, status, delay: told }) => {
          const excess = elapsed - (delay ?? told ?? Number.NaN);
          answered++;
          if (status !== 200 || Number.isNaN(excess)) {
            errors++;
            firstError ??= Number.isNaN(excess) ? `status ${status} without a delay` : `status ${status}`;
          }
          if (excess < 0) early++;
          if (opened === inFlight) excesses.push(excess);
          if (!first) return;
          first = false;
          acceptedAfter = Math.max(acceptedAfter, performance.now() - began - (delay ?? told ?? 0));
          open();
        },
      });
    };
    const connections = Array.from({ length: inFlight }, opening);
  });
}

function quantiles(values: readonly number[]): Fared["excess"] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
