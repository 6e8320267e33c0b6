// Requests per second without delays, which is the cost of measuring and logging, and the time from start to ready.
import { spawnSync } from "node:child_process";
import { type Candidate, names, ours } from "./candidates.ts";
import { type Figure, notMeasured, Results, shown } from "./results.ts";
import { start } from "./server.ts";

const connections = 64;
const seconds = { warmUp: 1, measured: 5 };

/** Targets without a delay, as ratios of requests per second. */
const wanted: readonly [string, number][] = [
  [names.honoPino, 1.2],
  [names.honoPrometheus, 0.9],
  [names.hono, 0.75],
  [names.podinfo, 1.1],
];

/** The delayed server on `/`, where the random delays are all 0. */
const drawn = `${names.ours}, \`/\` with DELAY_MAX=0s`;

export async function throughput(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const missing = wrkIsMissing();
  if (missing !== undefined) return [notMeasured("requests per second", missing)];
  const root = ours("--delay-max", "0s");
  const candidates = [...all, { ...root, name: drawn, paths: { ...root.paths, now: "/" } }];
  const results = await Results.measure(passes, candidates, measure);
  const perSecond = ({ requestsPerSecond }: Throughput) => requestsPerSecond;
  results.print(`Without a delay, ${connections} connections`, {
    "requests/s": (name) => shown(results.median(name, perSecond)),
    "p99, ms": (name) => shown(results.median(name, ({ p99 }) => p99)),
    [`${names.ours} is × of it`]: (name) => results.ratio(name, perSecond).toFixed(2),
  });
  return wanted.map(([peer, atLeast]) =>
    results.ratioFigure("requests/s without a delay", peer, perSecond, { atLeast }),
  );
}

async function measure(candidate: Candidate): Promise<Throughput> {
  const server = await start(candidate);
  try {
    const url = `${server.url}${candidate.paths.now}`;
    wrk(url, { connections, seconds: seconds.warmUp });
    return wrk(url, { connections, seconds: seconds.measured });
  } finally {
    await server.stop();
  }
}

/** The results of wrk. */
interface Throughput {
  requestsPerSecond: number;
  /** Milliseconds. */
  p99: number;
}

/** Returns an error message if wrk is not installed. */
export function wrkIsMissing(): string | undefined {
  return spawnSync("wrk", ["--version"]).error === undefined
    ? undefined
    : "wrk not found (Debian, Homebrew: the package `wrk`)";
}

/** Runs wrk with keep-alive connections. Throws an error if it fails. */
export function wrk(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Throughput {
  const args = ["--latency", "-t1", `-c${connections}`, `-d${seconds}s`, url];
  const { status, stdout, stderr } = spawnSync("wrk", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`wrk ${args.join(" ")}: ${stderr || stdout}`);
  return throughputOf(stdout);
}

/** Parses the output of wrk. Throws an error if there were failed requests, because the figures are then invalid. */
export function throughputOf(output: string): Throughput {
  const problem = /^\s*(Socket errors|Non-2xx).*$/m.exec(output)?.[0].trim();
  if (problem !== undefined) throw new Error(`wrk: ${problem}`);
  const requestsPerSecond = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1]);
  const [, amount, unit] = /^\s+99%\s+([\d.]+)(us|ms|s)$/m.exec(output) ?? [];
  const p99 = Number(amount) * { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"];
  if (!(requestsPerSecond > 0 && p99 > 0)) throw new Error(`unexpected output of wrk: ${output}`);
  return { requestsPerSecond, p99 };
}

/** Measures the time from the start of the process to its first response. */
export async function ready(all: readonly Candidate[], passes: number): Promise<Figure[]> {
  const results = await Results.measure(passes, all, async (candidate) => {
    const server = await start(candidate);
    await server.stop();
    return server.readyAfter;
  });
  const milliseconds = (value: number) => value;
  results.print("From start to ready", { ms: (name) => shown(results.median(name, milliseconds)) });
  return [results.ratioFigure("start to ready", names.hono, milliseconds, { atMost: 1.5 })];
}
