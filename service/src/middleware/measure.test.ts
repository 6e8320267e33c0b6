import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { exchange, sendBytes } from "../../testing/exchange.ts";
import { running, until } from "../../testing/running.ts";
import { scrape } from "../../testing/scrape.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("the request id of the client is in the response and in the log", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  for (const path of ["/", "/delay/1ms", "/status/500", "/nowhere", "/healthz", "/metrics"]) {
    const { headers } = await exchange(url + path, { headers: { "X-Request-Id": "story-1" } });
    assert.equal(headers["x-request-id"], "story-1", path);
  }
  assert.ok(requests().every(({ request_id }) => request_id === "story-1"));
});

test("a request without a valid id gets a new one", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  const { headers } = await exchange(url, { headers: { "X-Request-Id": 'x","level":"error' } });
  assert.match(String(headers["x-request-id"]), uuid);
  assert.equal(requests()[0]?.request_id, headers["x-request-id"]);
});

test("a trace continues: the response has the same trace id, and the log has the span of the client", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parentId = "00f067aa0ba902b7";
  const { headers } = await exchange(url, { headers: { traceparent: `00-${traceId}-${parentId}-01` } });
  const [line] = requests();
  assert.equal(headers.traceparent, `00-${traceId}-${line?.span_id}-01`);
  assert.deepEqual([line?.trace_id, line?.parent_id], [traceId, parentId]);
  const without = await exchange(url, { headers: { traceparent: "00-nonsense" } });
  assert.equal(without.headers.traceparent, undefined);
});

test("a request is logged once, with its client, its path and its outcome", async (t) => {
  const { url, requests } = await running(t, { delayDistribution: "20ms" });
  await exchange(`${url}/?q=1`, { headers: { "User-Agent": "test/1" } });
  const [line, ...more] = requests();
  assert.deepEqual(more, []);
  assert.ok(line);
  const { time, request_id, duration_ms, ...rest } = line;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(String(request_id), uuid);
  assert.ok(Number(duration_ms) >= 20);
  assert.deepEqual(rest, {
    level: "info",
    msg: "request",
    method: "GET",
    route: "/",
    path: "/?q=1",
    status: 200,
    delay_ms: 20,
    bytes: 20,
    client: "127.0.0.1",
    user_agent: "test/1",
  });
});

test("a server that listens on IPv6 logs IPv4 addresses of clients without a prefix", async (t) => {
  const { url, requests } = await running(t, { host: "::", delayMax: "0s" });
  await exchange(url);
  assert.equal(requests()[0]?.client, "127.0.0.1");
});

test("the level of a line depends on the status; probes and scrapes have the lowest", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  for (const path of [
    "/",
    "/status/301",
    "/nowhere",
    "/status/500",
    "/healthz",
    "/metrics",
    "/distribution",
  ]) {
    await exchange(url + path);
  }
  assert.deepEqual(
    requests().map(({ level }) => level),
    ["info", "info", "warn", "error", "debug", "debug", "debug"],
  );
});

test("lines below the configured level are not written", async (t) => {
  const { url, lines } = await running(t, { delayMax: "0s", logLevel: "error" });
  for (const path of ["/", "/nowhere", "/status/500"]) await exchange(url + path);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["error"],
  );
});

test("if the client disconnects, the delay is cancelled, and the request is counted and logged with status 499", async (t) => {
  const { url, port, requests } = await running(t, { delayDistribution: "1h", delayMax: "1h" });
  const sockets = Array.from({ length: 50 }, () => connect({ port, host: "127.0.0.1" }));
  for (const socket of sockets) socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 51);
  for (const [i, socket] of sockets.entries()) i % 2 === 0 ? socket.destroy() : socket.end();
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 1);

  const metrics = await scrape(url);
  assert.equal(metrics.sum("http_requests_aborted_total", { route: "/" }), 50);
  assert.equal(metrics.sum("http_requests_total", { route: "/", status: "499" }), 50);
  assert.equal(metrics.sum("http_request_duration_seconds_count"), 0);
  assert.equal(metrics.sum("httpserver_execution_latency_seconds_count"), 0);
  const aborted = requests().filter(({ route }) => route === "/");
  assert.equal(aborted.length, 50);
  for (const line of aborted) {
    assert.deepEqual([line.status, line.level, line.aborted], [499, "warn", true]);
    assert.ok(Number(line.duration_ms) < Number(line.delay_ms));
  }
});

test("a client that disconnects while it sends its body gets status 499 too", async (t) => {
  const { url, port, requests } = await running(t, { delayMax: "0s" });
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 2);
  socket.destroy();
  await until(() => requests().some(({ method }) => method === "POST"));
  assert.equal(requests().find(({ method }) => method === "POST")?.status, 499);
});

test("requests on one connection are answered in order, each after its own delay", async (t) => {
  const { port } = await running(t);
  const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  const answers = await sendBytes(
    port,
    request("/delay/30ms") + request("/delay/1ms", "Connection: close\r\n"),
  );
  const texts = [...answers.matchAll(/Served after (\d+) ms/g)].map(([, delay]) => delay);
  assert.deepEqual(texts, ["30", "1"]);
});

test("a body larger than allowed is rejected, with and without Content-Length", async (t) => {
  const { url, port } = await running(t, { delayMax: "0s", maxBodySize: "1000" });
  const announced = await sendBytes(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n${"x".repeat(1001)}`,
  );
  assert.match(announced, /^HTTP\/1.1 413 .*\r\n[\s\S]*larger than 1000 bytes/);
  const chunked = await sendBytes(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${"x".repeat(1001)}\r\n0\r\n\r\n`,
  );
  assert.match(chunked, /^HTTP\/1.1 413 /);
  const allowed = await fetch(url, { method: "POST", body: "x".repeat(1000) });
  assert.equal(allowed.status, 200);
});
