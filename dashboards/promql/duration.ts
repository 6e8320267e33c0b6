import type { Range } from "./vector.ts";

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** Writes whole seconds in the largest unit that divides them: `20s`, `72m`, `6h`, `30d`. */
export function promDuration(seconds: number): Exclude<Range, `$${string}`> {
  const whole = Math.round(seconds);
  const [unit, size] = units.find(([, length]) => whole % length === 0 && whole > 0) ?? (["s", 1] as const);
  return `${whole / size}${unit}`;
}
