import assert from "node:assert/strict";
import { test } from "node:test";
import { running } from "../../testing/running.ts";

test("a request can set its status", async (t) => {
  const { url } = await running(t);
  for (const status of [200, 204, 205, 301, 304, 404, 418, 451, 500, 503, 599]) {
    const response = await fetch(`${url}/status/${status}`, { redirect: "manual" });
    assert.equal(response.status, status);
    const text = await response.text();
    if ([204, 205, 304].includes(status)) assert.equal(text, "");
    else assert.match(text, new RegExp(`^${status} .*, as requested\\.\n$`));
  }
});

test("statuses of a list are drawn by weight", async (t) => {
  const { url } = await running(t, { delaySeed: "statuses" });
  const count = new Map<number, number>();
  for (let i = 0; i < 400; i++) {
    const response = await fetch(`${url}/status/200:3,503:1,500:0`);
    await response.arrayBuffer();
    count.set(response.status, (count.get(response.status) ?? 0) + 1);
  }
  assert.deepEqual([...count.keys()].sort(), [200, 503]);
  // Four standard deviations around a quarter of 400 draws.
  assert.ok(Math.abs((count.get(503) ?? 0) - 100) < 35);
});

test("a requested status comes immediately, or after the requested delay", async (t) => {
  const { url, requests } = await running(t);
  const begin = performance.now();
  assert.equal((await fetch(`${url}/status/503?delay=30ms`)).status, 503);
  assert.ok(performance.now() - begin >= 30);
  assert.equal((await fetch(`${url}/status/503`)).status, 503);
  assert.deepEqual(
    requests().map(({ route, delay_ms }) => [route, delay_ms]),
    [
      ["/status/:code", 30],
      ["/status/:code", 0],
    ],
  );
});

test("an invalid status or delay is rejected", async (t) => {
  const { url } = await running(t);
  for (const path of [
    "/status/100",
    "/status/600",
    "/status/x",
    "/status/200:",
    "/status/2000",
    "/status/200?delay=x",
  ]) {
    assert.equal((await fetch(url + path)).status, 400, path);
  }
});
