import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "../../testing/exchange.ts";
import { running, until } from "../../testing/running.ts";
import { scrape } from "../../testing/scrape.ts";
import { delayBuckets } from "../delay/buckets.ts";
import { histogramQuantile } from "./quantile.ts";

const duration = "http_request_duration_seconds";
const latency = "httpserver_execution_latency_seconds";

async function ask(url: string, times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, async () => (await fetch(url)).arrayBuffer()));
}

test("both histograms count every request except probes and scrapes", async (t) => {
  const { url } = await running(t, { delayMax: "10ms" });
  await ask(url, 40);
  await ask(`${url}/delay/1ms`, 5);
  await ask(`${url}/status/503`, 3);
  await ask(`${url}/nowhere`, 2);
  await ask(`${url}/healthz`, 7);
  await scrape(url);
  const metrics = await scrape(url);
  const by = (name: string) =>
    Object.fromEntries(
      metrics.all(name).map(({ labels, value }) => [`${labels.route} ${labels.status}`, value]),
    );
  assert.deepEqual(by(`${duration}_count`), {
    "/ 200": 40,
    "/delay/:duration 200": 5,
    "/status/:code 503": 3,
    "/* 404": 2,
  });
  assert.deepEqual(by("http_requests_total"), {
    "/ 200": 40,
    "/delay/:duration 200": 5,
    "/status/:code 503": 3,
    "/* 404": 2,
    "/healthz 200": 7,
    "/metrics 200": 1,
  });
  for (const step of ["queue", "delay", "response", "total"]) {
    assert.equal(metrics.sum(`${latency}_count`, { step }), 50, step);
  }
  assert.equal(metrics.sum("http_request_duration_naive_buckets_seconds_count"), 50);
  assert.equal(metrics.sum("http_response_size_bytes_count"), 50);
});

test("the steps add up to the total, and the delay step matches the logged delays", async (t) => {
  const { url, requests } = await running(t, { delayMax: "20ms" });
  await ask(url, 100);
  const metrics = await scrape(url);
  const sum = (step: string) => metrics.sum(`${latency}_sum`, { step });
  assert.ok(Math.abs(sum("queue") + sum("delay") + sum("response") - sum("total")) < 1e-6);
  const drawn = requests().reduce((total, { delay_ms }) => total + Number(delay_ms), 0);
  assert.ok(Math.abs(sum("delay") - drawn / 1000) < 1e-6);
  assert.ok(Math.abs(metrics.sum(`${duration}_sum`) - sum("total")) < 1e-9);
});

test("every request is in the bucket of its logged duration", async (t) => {
  const { url, requests } = await running(t, {
    delayDistribution: "exponential",
    delayMean: "20ms",
    delayMax: "80ms",
  });
  await ask(url, 300);
  const buckets = (await scrape(url)).all(`${duration}_bucket`, { route: "/" });
  const durations = requests()
    .filter(({ route }) => route === "/")
    .map(({ duration_ms }) => Number(duration_ms));
  for (const { labels, value } of buckets) {
    const bound = 1000 * Number((labels.le as string).replace("Inf", "Infinity"));
    // The log rounds to the microsecond; the histogram does not.
    const surely = durations.filter((milliseconds) => milliseconds < bound - 0.001).length;
    const perhaps = durations.filter((milliseconds) => milliseconds <= bound + 0.001).length;
    assert.ok(surely <= value && value <= perhaps, `${labels.le}: ${value}, not ${surely} to ${perhaps}`);
  }
});

test("the buckets depend on the configured delays", async (t) => {
  const { url } = await running(t, { delayDistribution: "bimodal", delayMax: "3s" });
  await ask(`${url}/delay/0s`, 1);
  const bounds = (await scrape(url)).all(`${duration}_bucket`).map(({ labels }) => labels.le);
  const { fast, slow, slowShare, spread } = { fast: 100, slow: 1500, slowShare: 0.1, spread: 0.1 };
  const expected = delayBuckets({
    distribution: { kind: "bimodal", fast, slow, slowShare, spread },
    min: 0,
    max: 3000,
  });
  assert.deepEqual(bounds, [...expected.map(String), "+Inf"]);
});

test("the histogram of the steps has 15 buckets that double from 1 ms", async (t) => {
  const { url } = await running(t, { delayMax: "1ms" });
  await ask(url, 1);
  const bounds = (await scrape(url))
    .all(`${latency}_bucket`, { step: "total" })
    .map(({ labels }) => labels.le);
  assert.equal(bounds.length, 16);
  assert.deepEqual(bounds.slice(0, 3), ["0.001", "0.002", "0.004"]);
  assert.deepEqual(bounds.slice(-2), ["16.384", "+Inf"]);
});

test("an exemplar has the request id of its log line", async (t) => {
  const { url, requests } = await running(t, { delayMax: "50ms" });
  await ask(url, 30);
  const buckets = (await scrape(url, "openmetrics")).all(`${duration}_bucket`, { route: "/" });
  const withExemplar = buckets.filter(({ exemplar }) => exemplar !== undefined);
  assert.ok(withExemplar.length > 3);
  let lower = 0;
  for (const { labels, exemplar } of buckets) {
    const upper = Number((labels.le as string).replace("Inf", "Infinity"));
    if (exemplar !== undefined) {
      assert.ok(exemplar.value > lower && exemplar.value <= upper);
      const lines = requests().filter(({ request_id }) => request_id === exemplar.labels.request_id);
      assert.equal(lines.length, 1);
      assert.ok(Math.abs(Number(lines[0]?.duration_ms) / 1000 - exemplar.value) < 1e-6);
    }
    lower = upper;
  }
  assert.doesNotMatch((await scrape(url)).text, / # \{/);
});

test("the number of requests in flight goes up and down", async (t) => {
  const { url } = await running(t, { delayDistribution: "100ms" });
  const asked = ask(url, 20);
  // The scrape itself is in flight.
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 21);
  await asked;
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 1);
});

test("the true quantiles of the configured delays are exported", async (t) => {
  const { url } = await running(t, { delayMin: "1s", delayMax: "3s" });
  const quantiles = (await scrape(url)).all("httpserver_configured_delay_seconds");
  assert.deepEqual(
    quantiles.map(({ labels, value }) => [labels.quantile, value]),
    [
      ["0.5", 2],
      ["0.9", 2.8],
      ["0.95", 2.9],
      ["0.99", 2.98],
    ],
  );
});

test("the running build is exported", async (t) => {
  const { url } = await running(t);
  const [info] = (await scrape(url)).all("httpserver_build_info");
  assert.deepEqual(info?.labels, { version: "1.2.3", revision: "test", node: process.version });
});

test("new paths, methods and headers add no series once each kind has been seen", async (t) => {
  const { url } = await running(t, { delayMax: "0s" });
  await ask(url, 1);
  await ask(`${url}/nowhere`, 1);
  await (await fetch(`${url}/nowhere`, { method: "PROPFIND" })).arrayBuffer();
  await scrape(url);
  await scrape(url, "openmetrics");
  const before = (await scrape(url)).series.filter((series) => !series.startsWith("nodejs_gc"));
  for (let i = 0; i < 200; i++) {
    const method = ["REPORT", "MKCOL", "SEARCH", "LOCK"][i % 4] as string;
    await (
      await fetch(`${url}/${i}/${"x".repeat(i)}?q=${i}`, { headers: { [`x-${i}`]: "y" } })
    ).arrayBuffer();
    await (await fetch(`${url}/nowhere/${i}`, { method })).arrayBuffer();
  }
  const after = (await scrape(url)).series.filter((series) => !series.startsWith("nodejs_gc"));
  assert.deepEqual(after.sort(), before.sort());
});

test("the number of series stays limited if a client requests every status with every method", async (t) => {
  const { url } = await running(t, { delayMax: "0s" });
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    for (let status = 200; status < 600; status++) {
      await exchange(`${url}/status/${status}`, { method });
    }
  }
  const metrics = await scrape(url);
  assert.equal(metrics.sum("http_requests_total", { route: "/status/:code" }), 2000);
  assert.equal(metrics.sum(`${duration}_count`, { route: "/status/:code" }), 2000);
  assert.ok(metrics.all("http_requests_total").length < 110, `${metrics.all("http_requests_total").length}`);
});

test("a quantile is interpolated within its bucket, as in Prometheus", () => {
  const bounds = [1, 2, 4];
  const counts = [2, 6, 2, 0];
  assert.equal(histogramQuantile({ bounds, counts }, 0.1), 0.5);
  assert.equal(histogramQuantile({ bounds, counts }, 0.2), 1);
  assert.equal(histogramQuantile({ bounds, counts }, 0.5), 1.5);
  assert.equal(histogramQuantile({ bounds, counts }, 0.9), 3);
  assert.equal(histogramQuantile({ bounds, counts }, 1), 4);
});

test("a quantile in +Inf is the last bound", () => {
  assert.equal(histogramQuantile({ bounds: [1, 2], counts: [1, 0, 9] }, 0.5), 2);
});

test("without observations, the quantile is NaN", () => {
  assert.equal(histogramQuantile({ bounds: [1, 2], counts: [0, 0, 0] }, 0.5), Number.NaN);
});

test("empty buckets are skipped", () => {
  assert.equal(histogramQuantile({ bounds: [1, 2, 3], counts: [0, 0, 4, 0] }, 0.5), 2.5);
});
