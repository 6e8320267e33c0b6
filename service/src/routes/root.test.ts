import assert from "node:assert/strict";
import { test } from "node:test";
import { running } from "../../testing/running.ts";
import { scrape } from "../../testing/scrape.ts";

test("/ reports its delay and never responds earlier", async (t) => {
  const { url } = await running(t, { delayMax: "50ms" });
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      const begin = performance.now();
      const response = await fetch(url);
      const took = performance.now() - begin;
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
      const delay = Number(/^Served after ([\d.]+) ms\.\n$/.exec(await response.text())?.[1]);
      assert.equal(response.headers.get("server-timing"), `delay;dur=${delay}`);
      assert.ok(delay >= 0 && delay <= 50 && took >= delay, `${took} of ${delay}`);
    }),
  );
});

test("/ responds with JSON if the client asks for it", async (t) => {
  const { url } = await running(t, { delayMax: "1ms" });
  const response = await fetch(url, { headers: { accept: "application/json", "x-request-id": "abc" } });
  assert.equal(response.headers.get("content-type"), "application/json");
  const { message, delay_ms, request_id } = (await response.json()) as Record<string, unknown>;
  assert.equal(message, `Served after ${delay_ms} ms.`);
  assert.equal(request_id, "abc");
});

test("a seed repeats the delays and errors of a run", async (t) => {
  const run = async (delaySeed: string) => {
    const { url } = await running(t, {
      delayMax: "3ms",
      errorRate: "50%",
      errorStatus: "500:1,503:1",
      delaySeed,
    });
    const served: string[] = [];
    for (let i = 0; i < 30; i++) {
      const response = await fetch(url);
      served.push(`${response.status} ${response.headers.get("server-timing")}`);
      await response.arrayBuffer();
    }
    return served;
  };
  const first = await run("one");
  assert.deepEqual(await run("one"), first);
  assert.notDeepEqual(await run("two"), first);
});

test("without a seed, a new one is drawn and logged, so that the run can be repeated", async (t) => {
  const seeds = await Promise.all([running(t), running(t)]);
  const [a, b] = seeds.map(({ lines }) => lines.find(({ msg }) => msg === "listening")?.seed);
  assert.match(String(a), /^[0-9a-f]{16}$/);
  assert.notEqual(a, b);
});

test("injected errors come after the delay, are counted, and affect / only", async (t) => {
  const { url, requests } = await running(t, {
    delayDistribution: "20ms",
    errorRate: "100%",
    errorStatus: "503",
  });
  const begin = performance.now();
  const failed = await fetch(url);
  assert.equal(failed.status, 503);
  assert.ok(performance.now() - begin >= 20);
  assert.match(await failed.text(), /Failed on purpose after 20 ms/);
  for (const path of [
    "/healthz",
    "/readyz",
    "/metrics",
    "/distribution",
    "/delay/1ms",
    "/?delay=1ms",
    "/status/200",
  ]) {
    assert.equal((await fetch(url + path)).status, 200, path);
  }
  const metrics = await scrape(url);
  assert.deepEqual(
    metrics.all("httpserver_injected_errors_total").map(({ labels, value }) => [labels, value]),
    [[{ status: "503" }, 1]],
  );
  assert.deepEqual(
    requests()
      .filter(({ injected_error }) => injected_error === true)
      .map(({ level, status }) => [level, status]),
    [["error", 503]],
  );
});

test("POST, PUT, PATCH and DELETE accept a body and discard it", async (t) => {
  const { url } = await running(t, { delayMax: "5ms", maxBodySize: "100000" });
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const response = await fetch(url, { method, body: "x".repeat(100_000) });
    assert.equal(response.status, 200, method);
    await response.arrayBuffer();
  }
});

test("HEAD has the same delay and headers as GET", async (t) => {
  const { url, requests } = await running(t, { delayDistribution: "20ms" });
  const begin = performance.now();
  const response = await fetch(url, { method: "HEAD" });
  assert.ok(performance.now() - begin >= 20);
  assert.equal(response.headers.get("content-length"), "20");
  assert.equal(await response.text(), "");
  assert.equal(requests()[0]?.bytes, 0);
});

test("an unsupported method gets a 405 with the supported methods", async (t) => {
  const { url } = await running(t);
  const refused = await fetch(url, { method: "PROPFIND" });
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get("allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  const options = await fetch(url, { method: "OPTIONS" });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), refused.headers.get("allow"));
});
