import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { exchange, sendBytes } from "../../testing/exchange.ts";
import { running, until } from "../../testing/running.ts";
import { scrape } from "../../testing/scrape.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("what the client calls its request is in the response and in the log", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  for (const path of ["/", "/delay/1ms", "/status/500", "/nowhere", "/healthz", "/metrics"]) {
    const { headers } = await exchange(url + path, { headers: { "X-Request-Id": "story-1" } });
    assert.equal(headers["x-request-id"], "story-1", path);
  }
  assert.ok(requests().every(({ request_id }) => request_id === "story-1"));
});

test("a request without a valid id gets one", async (t) => {
  const { url, requests } = await running(t, { delayMax: "0s" });
  const { headers } = await exchange(url, { headers: { "X-Request-Id": 'x","level":"error' } });
  assert.match(String(headers["x-request-id"]), uuid);
  assert.equal(requests()[0]?.request_id, headers["x-request-id"]);
});

test("a trace goes on: the response carries it, the log says where it came from", async (t) => {
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

test("a request is logged once, with who asked for what and how it went", async (t) => {
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

test("IPv4 clients are logged as such also by a server that listens on IPv6", async (t) => {
  const { url, requests } = await running(t, { host: "::", delayMax: "0s" });
  await exchange(url);
  assert.equal(requests()[0]?.client, "127.0.0.1");
});

test("the level of a line follows from the status, and probes stay below the others", async (t) => {
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

test("only lines from the configured level on are written", async (t) => {
  const { url, lines } = await running(t, { delayMax: "0s", logLevel: "error" });
  for (const path of ["/", "/nowhere", "/status/500"]) await exchange(url + path);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["error"],
  );
});

test("when the client leaves, the wait ends at once, and is counted and logged as that", async (t) => {
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

test("a client that leaves while it sends its body is no failure either", async (t) => {
  const { url, port, requests } = await running(t, { delayMax: "0s" });
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 2);
  socket.destroy();
  await until(() => requests().some(({ method }) => method === "POST"));
  assert.equal(requests().find(({ method }) => method === "POST")?.status, 499);
});

test("requests on one connection are answered in turn, each after its own delay", async (t) => {
  const { port } = await running(t);
  const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  const answers = await sendBytes(
    port,
    request("/delay/30ms") + request("/delay/1ms", "Connection: close\r\n"),
  );
  const texts = [...answers.matchAll(/Served after (\d+) ms/g)].map(([, delay]) => delay);
  assert.deepEqual(texts, ["30", "1"]);
});

test("a body larger than allowed is refused, whether its length is announced or not", async (t) => {
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

test("headers larger than allowed are refused, and counted", async (t) => {
  const { url, port } = await running(t, { maxHeaderSize: "2000" });
  assert.match(
    await sendBytes(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(3000)}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
  assert.match(
    await sendBytes(port, `GET /${"x".repeat(3000)} HTTP/1.1\r\nHost: a\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), 2);
});

test("a client that does not finish its request is not waited for forever", async (t) => {
  const { url, port } = await running(t, { requestTimeout: "1s" });
  assert.match(await sendBytes(port, "GET / HTTP/1.1\r\nHost: a\r\n"), /^HTTP\/1.1 408 /);
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), 1);
});

test("what is no HTTP is refused, and counted", async (t) => {
  const { url, port } = await running(t);
  for (const bytes of [
    "\r\n\r\nnonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  ]) {
    assert.match(await sendBytes(port, bytes), /^HTTP\/1.1 400 /);
  }
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), 3);
});

test("nonsense behind a request that is still waiting is not answered in its place", async (t) => {
  const { port } = await running(t);
  const answer = await sendBytes(port, "GET /delay/50ms HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
  assert.doesNotMatch(answer, /400/);
});

test("a target that is no URL is refused, and counted", async (t) => {
  const { url, port } = await running(t);
  const targets = ["nowhere", "*", "/a\\b", "http://[::1", "http://a b/"];
  for (const target of targets) {
    const answer = await sendBytes(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 400 /, target);
  }
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), targets.length);
});

const routes = ["/", "/delay/1ms", "/status/200", "/healthz", "/readyz", "/metrics", "/distribution"];

test("HTTP/1.0 clients are answered on every route, whether they name a host or not", async (t) => {
  const { port, metricsPort } = await running(t, { delayMax: "1ms", metricsPort: "0" });
  const onPort = { [port]: routes.filter((route) => route !== "/metrics") };
  onPort[metricsPort] = ["/healthz", "/readyz", "/metrics"];
  for (const [at, paths] of Object.entries(onPort)) {
    for (const path of paths) {
      for (const host of ["", "Host: a\r\n", "Host: \r\n"]) {
        const answer = await sendBytes(Number(at), `GET ${path} HTTP/1.0\r\n${host}\r\n`);
        assert.match(answer, /^HTTP\/1.1 200 OK\r\n/, `${path} ${host}`);
      }
    }
  }
});

test("every legal Host is served, however odd", async (t) => {
  const { port } = await running(t, { delayMax: "1ms" });
  const hosts = [
    "A.Example",
    "a:",
    "a:080",
    "a:99999",
    "[::0001]:80",
    "[::1]",
    "0x7f.1",
    "1.2",
    "%41",
    "a_b",
    "a!$&'()*+,;=b",
    "a.",
    "xn--a",
  ];
  for (const host of hosts) {
    for (const route of routes) {
      const answer = await sendBytes(
        port,
        `GET ${route} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1.1 200 OK\r\n/, `${route} of ${host}`);
    }
  }
});

test("more connections than allowed are closed at once, and counted", async (t) => {
  const { url, port } = await running(t, { maxConnections: "5" });
  const idle = Array.from({ length: 5 }, () => connect({ port, host: "127.0.0.1" }));
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.on("connect", resolve))));
  await until(async () => (await sendBytes(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")) === "");
  for (const socket of idle) socket.destroy();
  await until(async () => {
    try {
      return (await scrape(url)).sum("httpserver_refused_connections_total") > 0;
    } catch {
      return false;
    }
  });
  assert.equal((await scrape(url)).sum("httpserver_open_connections"), 1);
});
