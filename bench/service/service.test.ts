import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { inFlight, wholeAnswer } from "./in-flight.ts";
import { Results } from "./results.ts";
import { throughputOf } from "./throughput.ts";

async function serving(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const load = { path: "/", inFlight: 20, seconds: 0.3, delay: undefined };

test("a response after its reported delay is not an error, and its excess is the time beyond the delay", async (t) => {
  const port = await serving(t, (_request, response) => {
    setTimeout(() => response.setHeader("Server-Timing", "delay;dur=20.5").end("late enough"), 40);
  });
  const { answered, errors, early, excess, acceptedAfter } = await inFlight({ port, ...load });
  assert.ok(answered >= 20);
  assert.deepEqual([errors, early], [0, 0]);
  // Node's timers can fire up to a millisecond early.
  assert.ok(excess.p50 >= 39 - 20.5 && excess.p50 <= excess.p99 && excess.p99 <= excess.max);
  assert.ok(acceptedAfter > 0);
});

test("responses before the end of their delay are counted as early, also if the server does not report the delay", async (t) => {
  const port = await serving(t, (_request, response) => {
    setTimeout(() => response.end("too early"), 1);
  });
  const { answered, errors, early } = await inFlight({ port, ...load, delay: 10_000 });
  assert.equal(early, answered);
  assert.equal(errors, 0);
});

test("error statuses, responses without a delay and broken connections are errors", async (t) => {
  const failing = await serving(t, (_request, response) => {
    response.writeHead(503, { "Server-Timing": "delay;dur=0", "Content-Length": 0 }).end();
  });
  const silent = await serving(t, (_request, response) => response.end("when?"));
  const breaking = await serving(t, (request) => request.socket.destroy());
  for (const [port, why] of [
    [failing, "status 503"],
    [silent, "status 200 without a delay"],
    [breaking, "closed"],
  ] as const) {
    const { errors, firstError } = await inFlight({ port, ...load });
    assert.ok(errors >= 20, why);
    assert.equal(firstError, why);
  }
});

test("a response is complete if its body is", () => {
  const head = "HTTP/1.1 201 Created\r\nServer-Timing: delay;dur=1.25\r\nContent-Length: 4\r\n\r\n";
  assert.equal(wholeAnswer(head.slice(0, -1)), undefined);
  assert.equal(wholeAnswer(`${head}bod`), undefined);
  assert.deepEqual(wholeAnswer(`${head}body`), { status: 201, delay: 1.25 });
});

test("every candidate is measured in every pass, and ratios are calculated within a pass", async () => {
  const order: string[] = [];
  // The ratio is constant even if the machine gets slower.
  const results = await Results.measure(3, [{ name: "delayed server" }, { name: "b" }], async ({ name }) => {
    order.push(name);
    return (name === "b" ? 50 : 100) / Math.ceil(order.length / 2);
  });
  assert.deepEqual(order, Array.from({ length: 3 }, () => ["delayed server", "b"]).flat());
  assert.equal(
    results.median("delayed server", (value) => value),
    50,
  );
  assert.equal(
    results.ratio("b", (value) => value),
    2,
  );
  assert.ok(Number.isNaN(results.median("who is missing", (value) => value)));
});

test("a candidate that cannot be measured has a reason, and the others still have figures", async () => {
  let pass = 0;
  const candidates = ["delayed server", "b", "c"].map((name) => ({ name }));
  const results = await Results.measure(2, candidates, async ({ name }) => {
    if (name === "delayed server") pass++;
    if (name === "b" || (name === "c" && pass === 1)) throw new Error(`${name} took too long\nat …`);
    return pass;
  });
  assert.deepEqual(results.of("delayed server"), [1, 2]);
  assert.equal(results.whyNot("delayed server"), undefined);
  assert.equal(results.whyNot("b"), "b took too long");
  assert.equal(results.whyNot("c"), undefined);
  const figure = (peer: string) => results.ratioFigure("passes", peer, (value) => value, { atMost: 1 });
  assert.deepEqual(figure("c"), { what: "passes, × of c", measured: "1", wanted: "≤ 1", reached: true });
  assert.equal(figure("b").measured, "not measured: b took too long");
  assert.equal(figure("d").reached, undefined);
  assert.equal(results.whyNot("d"), "it is missing");
});

const output = (more = "") => `Running 6s test @ http://127.0.0.1:19004/
  1 threads and 64 connections
  Latency Distribution
     50%    1.58ms
     99%  990.00us
  210000 requests in 6.00s, 60.00MB read
${more}Requests/sec:  34999.75
Transfer/sec:     10.00MB
`;

test("the output of wrk is parsed to requests per second and milliseconds", () => {
  assert.deepEqual(throughputOf(output()), { requestsPerSecond: 34_999.75, p99: 0.99 });
});

test("a run with errors or without responses is rejected", () => {
  assert.throws(() => throughputOf(output("  Non-2xx or 3xx responses: 3\n")), /Non-2xx or 3xx responses: 3/);
  assert.throws(
    () => throughputOf(output("  Socket errors: connect 0, read 7, write 0, timeout 0\n")),
    /Socket errors/,
  );
  assert.throws(() => throughputOf(output().replace("34999.75", "0.00")), /unexpected/);
});
