import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";

/** Grafana's own names: each theme has its shade of them. */
export type Color = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "text";

/** A colour, and others from some values on. */
export function thresholds(
  first: Color,
  ...others: readonly (readonly [number, Color])[]
): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))]);
}

/** The same for a number that may be off to both sides: fine within `fine`, wrong beyond `wrong`. */
export function offBy(fine: number, wrong: number): ThresholdsConfigBuilder {
  return thresholds("red", [-wrong, "orange"], [-fine, "green"], [fine, "orange"], [wrong, "red"]);
}
