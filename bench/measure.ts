import { spawnSync } from "node:child_process";

/** A command whose whole run is timed. */
export interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Timed {
  readonly name: string;
  /** Seconds of each round. */
  readonly seconds: readonly number[];
}

/**
 * Times commands in turns, so that slow moments of the machine affect all of them. The first round warms
 * caches and does not count.
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

/** Less sensitive to outliers than the mean. */
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

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A row of the table: a figure of latency-lab and what it is compared with. */
export interface Row {
  readonly figure: string;
  /** latency-lab's value with its unit. */
  readonly ours: string;
  /** The value of the floor or the peer. */
  readonly beside?: string;
  /** Ratio of latency-lab's value to it. */
  readonly ratio?: number;
  /** Target of the figure or the ratio. */
  readonly wanted?: string;
}

/** A measurement; `npm run bench -- WORD` selects it by its name. */
export interface Measurement {
  readonly name: string;
  /** Heading of the measurement. */
  readonly title: string;
  /** Returns the reasons why it cannot run on this machine. */
  missing(): Promise<readonly string[]>;
  measure(): Promise<readonly Row[]>;
}

/** Formats seconds for the table. */
export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** Formats bytes for the table, in MiB. */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
