import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { sendBytes } from "../testing/exchange.ts";
import { program } from "../testing/process.ts";
import { until } from "../testing/running.ts";
import { scrape } from "../testing/scrape.ts";
import { seededRandom } from "./delay/draws.ts";
import { measuredRoutes, watchingRoutes } from "./route-names.ts";

const inputs = 12_000;
const atATime = 64;

const random = seededRandom(process.env.FUZZ_SEED ?? "latency-lab", "fuzz");
const below = (n: number) => Math.floor(random() * n);
const one = <T>(of: readonly T[]) => of[below(of.length)] as T;
const bytes = (length: number) => String.fromCharCode(...Array.from({ length }, () => below(256)));
const token = () =>
  one([
    "x",
    "",
    "é",
    "\0",
    " ",
    "\r\n",
    "\n",
    "%00",
    "%",
    "%zz",
    "../",
    "\\",
    '"',
    "{}",
    "😀",
    "a".repeat(below(3000)),
  ]);

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PRI",
  "get",
  "PROPFIND",
  "M-SEARCH",
];
const paths = [
  "/",
  "/delay/1ms",
  "/delay/",
  "/status/200",
  "/status/999",
  "/metrics",
  "/healthz",
  "/distribution",
  "*",
  "//",
  "/?delay=1ms",
  "/?delay=",
  "http://a/",
  "http://[::1",
  "/%2e%2e/",
  "/#",
];
const versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", ""];
const headers = [
  "Host: a",
  "Host: ",
  "Host: a:99999",
  "Host: [::1]",
  "Host: é",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 5\r\nContent-Length: 6",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Connection: close",
  "Connection: Upgrade\r\nUpgrade: websocket",
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk",
  "Expect: 100-continue",
  "Expect: the unexpected",
  "Accept: text/html",
  "Accept: application/json;q=x,*/*;q=1e9",
  "Accept: application/openmetrics-text",
  "Accept-Encoding: gzip",
  'X-Request-Id: "}\u007f',
  "X-Request-Id: ok",
  "traceparent: 00-0-0-0",
  "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "User-Agent: \x1b[31m",
  " folded: header",
  "__proto__: x",
  "constructor: x",
];
const bodies = [
  "",
  "12345",
  "0\r\n\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "fffffffffffffffff\r\n",
  "-1\r\n",
  "5\r\nhel",
];

/** A random input: valid, mutated or malicious HTTP, or arbitrary bytes. */
function input(): string {
  if (random() < 0.1) return bytes(below(400));
  const lines = Array.from({ length: below(6) }, () =>
    random() < 0.8 ? one(headers) : `${token()}: ${token()}`,
  );
  if (random() < 0.7) lines.unshift("Host: a");
  const path = one(paths) + (random() < 0.3 ? token() : "");
  const request = `${one(methods)} ${path} ${one(versions)}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n${one(bodies)}`;
  return mutated(random() < 0.15 ? request + input() : request);
}

function mutated(text: string): string {
  if (random() < 0.6) return text;
  const at = below(text.length + 1);
  return one([
    text.slice(0, at),
    text.slice(at),
    text.slice(0, at) + bytes(1 + below(4)) + text.slice(at),
    text.slice(0, at) + text.slice(at + 1 + below(8)),
    text.replaceAll("\r\n", "\n"),
    text.repeat(2),
  ]);
}

test(`${inputs} random inputs cause no crash, no new series and no broken log line`, async (t) => {
  const server = program(t, ["--port", "0", "--host", "127.0.0.1"], {
    DELAY_MAX: "2ms",
    LOG_LEVEL: "debug",
    MAX_BODY_SIZE: "10000",
    REQUEST_TIMEOUT: "2s",
    SHUTDOWN_DELAY: "0s",
  });
  const port = await server.listening();

  let left = inputs;
  let answered = 0;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (left-- > 0) {
        const answer = await sendBytes(port, Buffer.from(input(), "latin1"), { end: true });
        if (answer.startsWith("HTTP/1.1 ")) answered++;
        else assert.equal(answer, "");
      }
    }),
  );
  assert.ok(answered > inputs / 2, `${answered}`);

  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await scrape(url)).sum("http_requests_in_flight") === 1);
  const metrics = await scrape(url);
  const known = {
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"],
    route: [...Object.values(measuredRoutes), ...Object.values(watchingRoutes)] as string[],
    status: [...Object.keys(STATUS_CODES), "499", "2xx", "3xx", "4xx", "5xx"],
  };
  for (const { name, labels } of metrics.samples) {
    for (const label of ["method", "route", "status"] as const) {
      const value = labels[label];
      assert.ok(value === undefined || known[label].includes(value), `${name} ${label}="${value}"`);
    }
  }
  // The limit of metrics/labels.ts.
  assert.ok(metrics.all("http_requests_total").length <= 100, `${metrics.all("http_requests_total").length}`);
  assert.ok(metrics.sum("httpserver_malformed_requests_total") > inputs / 20);

  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  assert.equal(server.errors(), "");
  const lines = server.lines();
  assert.deepEqual(
    lines.filter(({ msg }) => msg !== "request").map(({ msg }) => msg),
    ["listening", "shutting down", "stopped"],
  );
  const counted = metrics.sum("http_requests_total");
  const logged = lines.filter(({ msg }) => msg === "request").length;
  // The scrape is logged, but not yet counted in its own response.
  assert.equal(logged, counted + 1);
});
