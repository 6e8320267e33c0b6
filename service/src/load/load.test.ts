import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { program } from "../../testing/process.ts";
import { running, until } from "../../testing/running.ts";
import { Scrape, scrape } from "../../testing/scrape.ts";
import { readEach, type Setting } from "../setting-kinds.ts";
import { schedule } from "./load.ts";
import { loadSettings } from "./settings.ts";

const take = (count: number, rate: number, seed: string) => {
  const loadMix = [
    { value: "/", weight: 3 },
    { value: "/delay/1s", weight: 1 },
  ];
  const due = schedule({ loadRate: rate, loadMix }, seed);
  return Array.from({ length: count }, () => due.next().value);
};

test("a seed repeats the requests and their times", () => {
  assert.deepEqual(take(50, 10, "a"), take(50, 10, "a"));
  assert.notDeepEqual(take(50, 10, "a"), take(50, 10, "b"));
});

test("requests have the configured rate and mix, and random intervals", () => {
  const due = take(20_000, 50, "mix");
  const pauses = due.map(({ at }, i) => at - (due[i - 1]?.at ?? 0));
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
  const deviation = Math.sqrt(pauses.reduce((sum, pause) => sum + (pause - mean) ** 2, 0) / pauses.length);
  assert.ok(Math.abs(mean - 20) < 0.5, `${mean}`);
  // Intervals are exponential: their standard deviation equals their mean.
  assert.ok(Math.abs(deviation / mean - 1) < 0.03, `${deviation}`);
  const slow = due.filter(({ path }) => path === "/delay/1s").length / due.length;
  assert.ok(Math.abs(slow - 0.25) < 0.0125, `${slow}`);
});

test("client and server count the same requests, with the same ids", async (t) => {
  const server = await running(t, { delayMax: "10ms" });
  const load = program(
    t,
    ["load", "--load-target", server.url, "--load-rate", "200", "--load-duration", "1s"],
    {
      LOAD_PORT: "0",
      LOAD_MIX: "/:8,/delay/5ms:1,/status/503:1",
      LOG_LEVEL: "debug",
    },
  );
  assert.equal(await load.ended, 0);
  const sent = load.lines().filter(({ msg }) => msg === "request");
  assert.ok(sent.length > 50);
  const story = (lines: Record<string, unknown>[]) =>
    lines.map(({ request_id, path, status }) => `${request_id} ${path} ${status}`).sort();
  assert.deepEqual(story(sent), story(server.requests()));
  assert.deepEqual(load.lines().at(-1)?.requests, sent.length);
  const seen = (await scrape(server.url)).sum("http_requests_total");
  assert.equal(seen, sent.length);
});

test("it serves probes and metrics, and waits for the last responses when stopped", async (t) => {
  const server = await running(t, { delayDistribution: "200ms" });
  const load = program(t, ["load", "--load-target", server.url, "--load-rate", "100"], {
    LOAD_PORT: "0",
    LOAD_MIX: "/",
  });
  const url = `http://127.0.0.1:${await load.listening()}`;
  await until(async () => (await scrape(url)).sum("load_requests_total", { status: "200" }) > 20);
  const metrics = await scrape(url, "openmetrics");
  assert.ok(metrics.sum("load_requests_in_flight") > 0);
  assert.equal(metrics.sum("load_configured_requests_per_second"), 100);
  assert.ok(
    metrics.samples.some(({ name, exemplar }) => name === "load_request_duration_seconds_bucket" && exemplar),
  );
  assert.equal(await (await fetch(`${url}/healthz`)).text(), "ok\n");
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);

  load.child.kill("SIGTERM");
  assert.equal(await load.ended, 0);
  assert.equal(load.lines().at(-1)?.requests, server.requests().length);
  assert.ok(server.requests().every(({ status }) => status === 200));
});

test("a server that does not respond neither stops the load nor slows it down", async (t) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const target = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const load = program(t, ["load"], {
    LOAD_TARGET: target,
    LOAD_RATE: "500",
    LOAD_MAX_IN_FLIGHT: "20",
    LOAD_PORT: "0",
  });
  const metrics = `http://127.0.0.1:${await load.listening()}/metrics`;
  const read = async () => new Scrape(await (await fetch(metrics)).text());
  await until(async () => (await read()).sum("load_skipped_requests_total") > 50);
  assert.equal((await read()).sum("load_requests_in_flight"), 20);
  silent.closeAllConnections();
  await until(async () => (await read()).sum("load_requests_total", { status: "none" }) >= 20);
});

test("every default is valid, and all invalid settings are reported at once", () => {
  for (const [key, setting] of Object.entries<Setting>(loadSettings)) {
    if (setting.default !== undefined) assert.notEqual(setting.parse(setting.default), undefined, key);
  }
  const wrong = { loadTarget: "localhost", loadRate: "0", loadMix: "nowhere", loadDuration: "1ms" };
  assert.deepEqual(
    readEach(loadSettings, wrong).problems.map(({ setting }) => setting),
    Object.keys(wrong),
  );
});
