import type { TestContext } from "node:test";
import { Log } from "../src/log/log.ts";
import { type RunningServer, startServer } from "../src/server.ts";
import { readServerSettings } from "../src/settings.ts";

/** A server in this process, on a free port. */
export interface Running extends RunningServer {
  readonly url: string;
  /** The parsed log lines so far. */
  readonly lines: Record<string, unknown>[];
  /** The log lines of requests. */
  readonly requests: () => Record<string, unknown>[];
}

/** Starts a server with these settings, and stops it at the end of the test. */
export async function running(
  t: TestContext,
  texts: Parameters<typeof readServerSettings>[0] = {},
): Promise<Running> {
  const reading = readServerSettings({
    host: "127.0.0.1",
    port: "0",
    shutdownDelay: "0s",
    logLevel: "debug",
    ...texts,
  });
  if (reading.values === undefined) throw new Error(JSON.stringify(reading.problems));
  const lines: Record<string, unknown>[] = [];
  const log = new Log((line) => lines.push(JSON.parse(line)), reading.values);
  const build = { version: "1.2.3", revision: "test" };
  const server = await startServer(reading.values, log, { droppedLogLines: () => 0, build });
  let stopped: Promise<number> | undefined;
  const stop = () => {
    stopped ??= server.stop();
    return stopped;
  };
  t.after(stop);
  return {
    ...server,
    stop,
    url: `http://127.0.0.1:${server.port}`,
    lines,
    requests: () => lines.filter(({ msg }) => msg === "request"),
  };
}

/** Waits for a condition. The test runner's timeout limits the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
