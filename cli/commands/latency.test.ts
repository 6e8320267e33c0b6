import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bucketsOf, quantileOf, shareBelow } from "../clients/prometheus.ts";
import { distributionOf, picture } from "./latency.ts";

const uniform = { distribution: { kind: "uniform" }, min: 0, max: 2000 } as const;

/** 1,000 requests spread evenly over 0–2 s, in buckets of 0.1 s. */
const even = Array.from({ length: 21 }, (_, i) => ({
  le: i === 20 ? Number.POSITIVE_INFINITY : (i + 1) / 10,
  count: Math.min((i + 1) * 50, 1000),
}));

describe("a histogram read in the terminal", () => {
  it("has its buckets in order, regardless of the order of the response", () => {
    const buckets = bucketsOf([
      { metric: { le: "+Inf" }, value: 3 },
      { metric: { le: "0.5" }, value: 1 },
      { metric: { le: "10" }, value: 2 },
    ]);
    assert.deepEqual(
      buckets.map(({ le }) => le),
      [0.5, 10, Number.POSITIVE_INFINITY],
    );
  });

  it("gives the quantiles that Prometheus gives", () => {
    assert.equal(quantileOf(even, 0.5), 1);
    assert.ok(Math.abs(quantileOf(even, 0.99) - 1.98) < 1e-9);
    // Above the last finite bound Prometheus answers with that bound.
    assert.equal(
      quantileOf(
        [
          { le: 1, count: 0 },
          { le: Number.POSITIVE_INFINITY, count: 5 },
        ],
        0.5,
      ),
      1,
    );
    assert.ok(Number.isNaN(quantileOf([], 0.5)));
  });

  it("gives the share below a time, within a bucket too", () => {
    assert.equal(shareBelow(even, 0.55), 0.275);
    assert.equal(shareBelow(even, 5), 1);
  });

  it("shows even bars against the even ones configured", () => {
    const { requests, ranges, quantiles } = distributionOf(even, uniform);
    assert.equal(requests, 1000);
    for (const { measured, configured } of ranges) assert.ok(Math.abs(measured - configured) < 1e-9);
    for (const { measured, configured } of quantiles) assert.ok(Math.abs(measured - configured) < 1e-9);
    const lines = picture(distributionOf(even, uniform));
    assert.match(lines.join("\n"), /p50 +1\.000 s +configured +1\.000 s +\+0\.0 %/);
    assert.equal(lines.filter((line) => line.includes("█")).length, 10);
  });

  it("shows dashes, not errors, before the first request", () => {
    assert.match(picture(distributionOf([], uniform)).join("\n"), /^0 requests\n +p50 +– /);
  });
});
