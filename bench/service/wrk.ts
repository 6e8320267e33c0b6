import { spawnSync } from "node:child_process";

/** The results of wrk. */
export interface Throughput {
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
