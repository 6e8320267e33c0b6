// The load that the faults are measured with: sent from outside, as users send it.
import { randomBytes } from "node:crypto";
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A request that was not answered with 200 and a whole body. */
interface Failure {
  readonly why: string;
  /** When it was sent and when it failed, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly failedAt: number;
  /** Whether it had a connection: what had none was never sent. */
  readonly connected: boolean;
}

/** What became of the requests. */
export interface Sent {
  readonly requests: number;
  readonly connections: number;
  readonly failures: readonly Failure[];
  /** Seconds from sending to the end of the answer, ascending. */
  readonly latencies: readonly number[];
}

/** A client gives up after it: five times the longest delay. */
const patience = 10_000;

/**
 * Sends requests at a steady rate, however long the answers take, over connections
 * that are kept: half of them take the connection that was used last, as Node does,
 * half the one that has waited longest, which is the likeliest to be closed under
 * a request. Nothing is tried twice: whatever a client sees fails here.
 */
export class Traffic {
  /** In the user agent of every request, to find them in the server's log. */
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

  /** Begins to send at once. */
  constructor(url: string, requestsPerSecond = 200) {
    this.#url = url;
    this.#rate = requestsPerSecond;
    this.#sending = this.#send();
  }

  /** How many have been sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** How many are waiting for their answer. */
  get inFlight(): number {
    return this.#flying.size;
  }

  /** Sends no more, waits for what is under way and says what became of all. */
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
      // What a late timer left out is made up for, so that the rate holds.
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
      request.setTimeout(patience, () => request.destroy(new Error(`no answer within ${patience} ms`)));
      request.on("error", (error: NodeJS.ErrnoException) => failed(error.code ?? error.message));
      request.on("socket", (socket) => {
        const isConnected = () => {
          connected = true;
        };
        if (!this.#sockets.has(socket)) {
          this.#sockets.add(socket);
          this.#connections += 1;
          // A request to a NodePort is small: what is delayed would be the measurement's fault.
          socket.setNoDelay(true);
        }
        if (socket.connecting) socket.once("connect", isConnected);
        else isConnected();
      });
    });
  }
}

/** How many requests failed of which reason, for a message. */
export function reasons({ failures }: Pick<Sent, "failures">): string {
  const counts = new Map<string, number>();
  for (const { why, connected } of failures) {
    const reason = connected ? why : `${why}, not connected`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `${count} × ${why}`).join(", ");
}

/** A quantile of ascending values; NaN without any. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
}
