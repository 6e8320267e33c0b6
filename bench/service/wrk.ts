import { spawnSync } from "node:child_process";

/** What wrk says about a load without delays. */
export interface Throughput {
  requestsPerSecond: number;
  /** Milliseconds. */
  p99: number;
}

/** Why nothing can be measured with wrk here; undefined when it can. */
export function wrkIsMissing(): string | undefined {
  return spawnSync("wrk", ["--version"]).error === undefined
    ? undefined
    : "no wrk here (Debian, Homebrew: the package `wrk`)";
}

/** Sends as many requests as are answered, over so many connections that stay open. */
export function wrk(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Throughput {
  const args = ["--latency", "-t1", `-c${connections}`, `-d${seconds}s`, url];
  const { status, stdout, stderr } = spawnSync("wrk", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`wrk ${args.join(" ")}: ${stderr || stdout}`);
  return throughputOf(stdout);
}

/** Reads what wrk prints; an answer that is an error, or none, makes a figure worthless. */
export function throughputOf(output: string): Throughput {
  const problem = /^\s*(Socket errors|Non-2xx).*$/m.exec(output)?.[0].trim();
  if (problem !== undefined) throw new Error(`wrk: ${problem}`);
  const requestsPerSecond = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1]);
  const [, amount, unit] = /^\s+99%\s+([\d.]+)(us|ms|s)$/m.exec(output) ?? [];
  const p99 = Number(amount) * { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"];
  if (!(requestsPerSecond > 0 && p99 > 0)) throw new Error(`wrk said something unexpected: ${output}`);
  return { requestsPerSecond, p99 };
}
