import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "./duration.ts";

test("durations are parsed to milliseconds", () => {
  const durations = { "0s": 0, "150us": 0.15, "250ms": 250, "1.5s": 1500, "2m": 120_000, "1h": 3_600_000 };
  for (const [text, milliseconds] of Object.entries(durations)) {
    assert.equal(parseDuration(text), milliseconds, text);
  }
});

test("only zero needs no unit", () => {
  assert.equal(parseDuration("0"), 0);
  assert.equal(parseDuration("0.0"), 0);
  assert.equal(parseDuration("5"), undefined);
});

test("durations are exact to the microsecond", () => {
  assert.equal(parseDuration("0.1ms"), 0.1);
  assert.equal(parseDuration("1.0004ms"), 1);
});

test("invalid durations are rejected", () => {
  for (const text of [
    "",
    "s",
    "-1s",
    "1 s",
    "1e3ms",
    ".5s",
    "1.s",
    "1S",
    "1sec",
    "NaN",
    "Infinity",
    "1s2ms",
    "٣s",
  ]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test("a formatted duration parses back to the same value", () => {
  for (const milliseconds of [0, 0.15, 0.999, 1, 250, 1500, 2000, 90_000, 3_600_000, 5_400_000, 1234.567]) {
    assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
  }
});

test("durations are formatted in the usual unit", () => {
  assert.deepEqual([0, 0.15, 250, 1500, 120_000].map(formatDuration), ["0s", "150us", "250ms", "1.5s", "2m"]);
});
