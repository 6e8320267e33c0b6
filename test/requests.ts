// Requests to the server, sent from outside the cluster as users do.

import { randomBytes } from "node:crypto";
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Sends `count` requests, `atATime` of them in parallel, and waits for all responses. */
export async function sendRequests(url: string, { count, atATime }: { count: number; atATime: number }) {
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  let left = count;
  const sender = async () => {
    while (left-- > 0) await send(url, agent);
  };
  await Promise.all(Array.from({ length: atATime }, sender));
  agent.destroy();
}

/** Sends one request of every kind, so that every counter exists before its increase is measured. */
export async function everySeriesOnce(serverUrl: string): Promise<void> {
  const paths = ["/", "/delay/1ms", "/status/500", "/status/200", "/nowhere"];
  const requests = paths.map((path) => sendRequests(`${serverUrl}${path}`, { count: 1, atATime: 1 }));
  await Promise.all([...requests, abortRequest(`${serverUrl}/delay/2s`, 50)]);
}

/** Sends a request and disconnects before the response. */
function abortRequest(url: string, afterMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const request = get(url, () => {});
    request.on("error", () => resolve());
    setTimeout(() => request.destroy(), afterMilliseconds);
  });
}

function send(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on("end", resolve);
    }).on("error", reject);
  });
}

/** A request without a complete response of status 200. */
interface Failure {
  readonly why: string;
  /** Times of sending and failing, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly failedAt: number;
  /** Whether it had a connection; without one, it was never sent. */
  readonly connected: boolean;
}

/** The results of all requests. */
export interface Sent {
  readonly requests: number;
  readonly connections: number;
  readonly failures: readonly Failure[];
  /** Seconds from sending to the end of the response, ascending. */
  readonly latencies: readonly number[];
}

/** Timeout of the client: five times the longest delay. */
const patience = 10_000;

/**
 * Sends requests at a constant rate over kept-alive connections, no matter how long the
 * responses take. Half of the requests use the most recently used connection, as Node does,
 * half the one that was idle longest, which is most likely to be closed at that moment.
 * Nothing is retried: everything a client would notice counts as a failure.
 */
export class Traffic {
  /** Part of every request's user agent, to find the requests in the server's log. */
  readonly mark = `faults-${randomBytes(6).toString("hex")}`;
  readonly #url: string;
  readonly #rate: number;
  readonly #agents = (["lifo", "fifo"] as const).map(
    (scheduling) => new Agent({ keepAlive: true, scheduling, maxFreeSockets: 10_000 }),
  );
  readonly #failures: Failure[] = [];
  readonly #latencies: number[] = [];
  readonly #sockets = new WeakSet<object>();
  readonly #flying = new Set<Promise<void>>();
  #connections = 0;
  #requests = 0;
  #sending: Promise<void>;
  #stopped = false;

  /** Starts sending immediately. */
  constructor(url: string, requestsPerSecond = 200) {
    this.#url = url;
    this.#rate = requestsPerSecond;
    this.#sending = this.#send();
  }

  /** Number of requests sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Number of requests waiting for their response. */
  get inFlight(): number {
    return this.#flying.size;
  }

  /** Stops sending, waits for pending requests, and returns the results. */
  async stop(): Promise<Sent> {
    this.#stopped = true;
    await this.#sending;
    await Promise.all(this.#flying);
    for (const agent of this.#agents) agent.destroy();
    return {
      requests: this.#requests,
      connections: this.#connections,
      failures: this.#failures,
      latencies: this.#latencies.toSorted((a, b) => a - b),
    };
  }

  async #send(): Promise<void> {
    const began = performance.now();
    while (!this.#stopped) {
      // Sends what a late timer missed, so that the rate stays constant.
      const due = Math.floor(((performance.now() - began) / 1000) * this.#rate);
      while (this.#requests < due) this.#one();
      await sleep(5);
    }
  }

  #one(): void {
    const agent = this.#agents[this.#requests % 2] as Agent;
    this.#requests += 1;
    const flying = this.#request(agent).finally(() => this.#flying.delete(flying));
    this.#flying.add(flying);
  }

  #request(agent: Agent): Promise<void> {
    const sentAt = Date.now();
    const began = performance.now();
    return new Promise((resolve) => {
      let connected = false;
      const failed = (why: string) => {
        this.#failures.push({ why, sentAt, failedAt: Date.now(), connected });
        resolve();
      };
      const request = get(this.#url, { agent, headers: { "User-Agent": this.mark } }, (answer) => {
        answer
          .on("end", () => {
            if (answer.statusCode !== 200) return failed(`status ${answer.statusCode}`);
            this.#latencies.push((performance.now() - began) / 1000);
            resolve();
          })
          .on("error", (error) => failed(error.message))
          .resume();
      });
      request.setTimeout(patience, () => request.destroy(new Error(`no response within ${patience} ms`)));
      request.on("error", (error: NodeJS.ErrnoException) => failed(error.code ?? error.message));
      request.on("socket", (socket) => {
        const isConnected = () => {
          connected = true;
        };
        if (!this.#sockets.has(socket)) {
          this.#sockets.add(socket);
          this.#connections += 1;
          // Nagle's algorithm would delay small requests and falsify the measurement.
          socket.setNoDelay(true);
        }
        if (socket.connecting) socket.once("connect", isConnected);
        else isConnected();
      });
    });
  }
}

/** Counts failed requests by reason, for an error message. */
export function reasons({ failures }: Pick<Sent, "failures">): string {
  const counts = new Map<string, number>();
  for (const { why, connected } of failures) {
    const reason = connected ? why : `${why}, not connected`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `${count} × ${why}`).join(", ");
}

/** A quantile of ascending values; NaN if there are none. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
}
