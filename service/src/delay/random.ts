/** Draws the next number of a stream: at least 0, below 1. */
export type Random = () => number;

/**
 * A stream of pseudo-random numbers that a seed repeats on any machine.
 *
 * `stream` names what is drawn, so that one seed gives delays and faults streams
 * of their own: changing the error rate does not change the delays of a run.
 *
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded by hashing the text with FNV-1a.
 */
export function seededRandom(seed: string, stream: string): Random {
  let a = hash(`${seed}\0${stream}\0a`);
  let b = hash(`${seed}\0${stream}\0b`);
  let c = hash(`${seed}\0${stream}\0c`);
  let counter = 1;
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  // The first rounds still show how alike two seeds are.
  for (let round = 0; round < 15; round++) next();
  // 53 bits: all that a number between 0 and 1 can hold evenly.
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
