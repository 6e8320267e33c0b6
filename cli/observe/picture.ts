import { styled } from "../terminal/say.ts";
import type { Comparison } from "./distribution.ts";

/** Columns of the longest bar. */
const width = 48;

/** The distribution as lines of text: quantiles, then a bar for each range with a mark for the configured share. */
export function picture({ requests, quantiles, ranges }: Comparison): string[] {
  const seconds = (value: number) => (Number.isNaN(value) ? "–" : `${value.toFixed(3)} s`).padStart(9);
  const rows = quantiles.map(({ q, measured, configured }) => {
    const off = ((measured - configured) / configured) * 100;
    const error = Number.isFinite(off) ? `${off >= 0 ? "+" : ""}${off.toFixed(1)} %` : "";
    return `  p${String(q * 100).padEnd(3)} ${seconds(measured)}   configured ${seconds(configured)}   ${error}`;
  });
  const largest = Math.max(...ranges.flatMap(({ measured, configured }) => [measured, configured]), 1e-9);
  const bars = ranges.map(({ from, to, measured, configured }) => {
    const range = Number.isFinite(to) ? `${from.toFixed(2)}–${to.toFixed(2)} s` : `over ${from.toFixed(2)} s`;
    const label = range.padStart(12);
    return `  ${label} ${bar(measured / largest, configured / largest)} ${`${(measured * 100).toFixed(1)} %`.padStart(7)}`;
  });
  const legend = styled("dim", "  │ marks the share expected from the configured delay");
  return [`${Math.round(requests)} requests`, ...rows, "", ...bars, legend];
}

/** `███████│   `: blocks for the measured share, a line at the configured share. */
function bar(measured: number, configured: number): string {
  const full = Math.round(measured * width);
  const mark = Math.round(configured * width);
  const cells = Array.from({ length: width + 1 }, (_, column) => {
    if (column === mark) return "│";
    return column < full ? "█" : " ";
  });
  return cells.join("");
}
