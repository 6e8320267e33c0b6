// The standard normal distribution, for log-normal and bimodal delays.

/** Draws a value with the Box-Muller transform. */
export function drawNormal(random: () => number): number {
  // The logarithm of 0 would be infinite; `random()` is never 1.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Coefficients, highest power first.
const errorFunctionFit = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/**
 * The probability of a value up to `z`.
 *
 * Uses the Chebyshev fit of the complementary error function from Numerical Recipes, 2nd ed., 6.2
 * (`erfcc`), with a relative error below 1.2e-7.
 */
export function normalProbability(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const fit = errorFunctionFit.reduce((sum, coefficient) => sum * t + coefficient);
  const tail = (t * Math.exp(-x * x + fit)) / 2;
  return z < 0 ? tail : 1 - tail;
}
