import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "./alarm.ts";
import { seededRandom } from "./random.ts";

const random = seededRandom("alarm", "test");

test("nobody is woken before the time, and everybody once, in the order in which they are due", async () => {
  const alarm = new Alarm();
  const begin = performance.now();
  const woken: { due: number; at: number }[] = [];
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 2000; i++) {
      const due = begin + random() * 60;
      alarm.at(due, () => {
        woken.push({ due, at: performance.now() });
        if (woken.length === 2000) resolve();
      });
    }
  });
  assert.ok(woken.every(({ due, at }) => at >= due));
  assert.deepEqual(
    woken.map(({ due }) => due),
    woken.map(({ due }) => due).sort((a, b) => a - b),
  );
  assert.equal(alarm.size, 0);
});

test("a cancelled wait wakes nobody, and cancelling again or too late does nothing", async () => {
  const alarm = new Alarm();
  const woken: number[] = [];
  const waits = Array.from({ length: 500 }, (_, i) => {
    const due = performance.now() + random() * 20;
    return alarm.at(due, () => woken.push(i));
  });
  const cancelled = new Set<number>();
  waits.forEach((waiting, i) => {
    if (random() < 0.5) return;
    cancelled.add(i);
    alarm.cancel(waiting);
    alarm.cancel(waiting);
  });
  assert.equal(alarm.size, 500 - cancelled.size);
  await new Promise<void>((resolve) => {
    alarm.at(performance.now() + 25, resolve);
  });
  assert.equal(woken.length, 500 - cancelled.size);
  assert.ok(woken.every((i) => !cancelled.has(i)));
  for (const waiting of waits) alarm.cancel(waiting);
  assert.equal(alarm.size, 0);
});

test("a wait that is due sooner than all others is not kept waiting for them", async () => {
  const alarm = new Alarm();
  const order: string[] = [];
  const late = alarm.at(performance.now() + 3_600_000, () => order.push("late"));
  await new Promise<void>((resolve) => {
    alarm.at(performance.now() + 1, resolve);
  });
  alarm.cancel(late);
  assert.deepEqual(order, []);
});

test("a wait may be begun and ended by someone who is being woken", async () => {
  const alarm = new Alarm();
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    const now = performance.now();
    const victim = alarm.at(now + 2, () => order.push("victim"));
    alarm.at(now + 1, () => {
      order.push("first");
      alarm.cancel(victim);
      alarm.at(now, () => order.push("at once"));
    });
    alarm.at(now + 3, resolve);
  });
  assert.deepEqual(order, ["first", "at once"]);
});
