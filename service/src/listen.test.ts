import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { sendBytes } from "../testing/exchange.ts";
import { running, until } from "../testing/running.ts";
import { scrape } from "../testing/scrape.ts";

test("headers larger than allowed are rejected and counted", async (t) => {
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

test("a client that does not finish its request gets a 408", async (t) => {
  const { url, port } = await running(t, { requestTimeout: "1s" });
  assert.match(await sendBytes(port, "GET / HTTP/1.1\r\nHost: a\r\n"), /^HTTP\/1.1 408 /);
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), 1);
});

test("input that is not HTTP is rejected and counted", async (t) => {
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

test("invalid input after a request that is waiting does not get the response of that request", async (t) => {
  const { port } = await running(t);
  const answer = await sendBytes(port, "GET /delay/50ms HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
  assert.doesNotMatch(answer, /400/);
});

test("a target that is not a URL is rejected and counted", async (t) => {
  const { url, port } = await running(t);
  const targets = ["nowhere", "*", "/a\\b", "http://[::1", "http://a b/"];
  for (const target of targets) {
    const answer = await sendBytes(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 400 /, target);
  }
  assert.equal((await scrape(url)).sum("httpserver_malformed_requests_total"), targets.length);
});

const routes = ["/", "/delay/1ms", "/status/200", "/healthz", "/readyz", "/metrics", "/distribution"];

test("HTTP/1.0 clients get a response on every route, with and without Host", async (t) => {
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

test("every valid Host is accepted", async (t) => {
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

test("connections above the limit are closed immediately and counted", async (t) => {
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
