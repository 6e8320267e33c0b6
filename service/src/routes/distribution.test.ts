import assert from "node:assert/strict";
import { test } from "node:test";
import { running } from "../../testing/running.ts";

interface Distribution {
  requests: number;
  overhead_ms: number;
  quantiles: { quantile: string; configured_ms: number; served_ms: number | null }[];
  bars: { from_ms: number; to_ms: number | null; served: number; configured: number }[];
}

async function distribution(url: string): Promise<Distribution> {
  return (await (await fetch(`${url}/distribution`)).json()) as Distribution;
}

const sum = (shares: number[]) => shares.reduce((total, share) => total + share, 0);

test("the bars show the shares of the served and the configured delays of /", async (t) => {
  const { url } = await running(t, { delayDistribution: "20ms:3,100ms:1", delaySeed: "bars" });
  const ask = async (path: string) => (await fetch(url + path)).arrayBuffer();
  await Promise.all([...Array.from({ length: 60 }, () => ask("/")), ask("/delay/1ms")]);
  const { requests, overhead_ms, quantiles, bars } = await distribution(url);
  assert.equal(requests, 60);
  assert.ok(overhead_ms > 0);
  assert.deepEqual(
    quantiles.map(({ configured_ms }) => configured_ms),
    [20, 100, 100, 100],
  );
  assert.ok(quantiles.every(({ served_ms }) => served_ms !== null && served_ms >= 20));
  assert.ok(Math.abs(sum(bars.map(({ served }) => served)) - 1) < 1e-4);
  assert.ok(Math.abs(sum(bars.map(({ configured }) => configured)) - 1) < 1e-4);
  const early = bars.filter(({ to_ms }) => to_ms !== null && to_ms <= 20);
  assert.equal(sum(early.map(({ served }) => served)), 0);
  assert.deepEqual([bars.at(0)?.from_ms, bars.at(-1)?.to_ms], [0, null]);
});

test("before the first request, no share and no quantile is served", async (t) => {
  const { url } = await running(t);
  const { requests, quantiles, bars } = await distribution(url);
  assert.equal(requests, 0);
  assert.ok(quantiles.every(({ served_ms }) => served_ms === null));
  assert.ok(bars.every(({ served }) => served === 0));
});
