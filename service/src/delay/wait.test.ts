import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./draws.ts";
import { waitUntil } from "./wait.ts";

const random = seededRandom("wait", "test");
const { signal } = new AbortController();

test("no wait ends early, even with many at a time", async () => {
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: 2000 }, async () => {
      const due = begin + random() * 60;
      await waitUntil(due, signal);
      assert.ok(performance.now() >= due);
    }),
  );
});

test("a time in the past needs no wait", async () => {
  const begin = performance.now();
  await waitUntil(begin, signal);
  await waitUntil(begin - 1000, signal);
  assert.ok(performance.now() - begin < 100);
});

test("a wait rejects immediately if its signal is aborted", async () => {
  const controller = new AbortController();
  const waiting = waitUntil(performance.now() + 3_600_000, controller.signal);
  controller.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  await assert.rejects(waitUntil(performance.now() + 1000, controller.signal), { name: "AbortError" });
});
