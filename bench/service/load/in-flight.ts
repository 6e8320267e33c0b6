import { connection } from "./connection.ts";

/** A load with a constant number of requests in flight. */
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

/** Opens all connections at once and keeps one request in flight on each. */
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
    /** Counts a connection that has had its first response or has failed. */
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
