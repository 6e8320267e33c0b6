import { spawnSync } from "node:child_process";

/** A command to time as a whole process. */
export interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Timed {
  readonly name: string;
  /** Seconds, one for each round. */
  readonly seconds: readonly number[];
}

/**
 * Times commands side by side: in each round one after the other, so that the
 * machine's moods meet all of them alike. The first round warms caches and is not counted.
 */
export function timed(candidates: readonly Candidate[], rounds: number): Timed[] {
  const seconds = candidates.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { name, command, args, cwd, env }] of candidates.entries()) {
      const began = performance.now();
      const { status, stderr } = spawnSync(command, args, {
        cwd,
        env: { ...process.env, ...env },
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${name}: exit code ${status}\n${stderr}`);
      if (round > 0) seconds[index]?.push((performance.now() - began) / 1000);
    }
  }
  return candidates.map(({ name }, index) => ({ name, seconds: seconds[index] ?? [] }));
}

/** The middle one: what a noisy machine bends least. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The median of the ratios round by round, which is steadier than the ratio of the medians. */
export function ratio(of: Timed, to: Timed): number {
  return median(of.seconds.map((value, round) => value / (to.seconds[round] ?? Number.NaN)));
}

/** A Markdown table, its columns as wide as they must be. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** One line of the table: a figure of latency-lab, and what it could be at best. */
export interface Row {
  readonly figure: string;
  /** What latency-lab takes, with its unit. */
  readonly ours: string;
  /** The floor or the peer beside it, with its value. */
  readonly beside?: string;
  /** How many times the figure beside it. */
  readonly ratio?: number;
  /** What the figure, or the ratio, should be. */
  readonly wanted?: string;
}

/** A measurement, as `npm run bench -- WORD` finds it by its name. */
export interface Measurement {
  readonly name: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /** Why it can't be measured on this machine: every reason, or none. */
  missing(): Promise<readonly string[]>;
  measure(): Promise<readonly Row[]>;
}

/** Seconds as the table shows them. */
export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** Bytes as the table shows them, in MiB. */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
