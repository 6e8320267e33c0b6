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
