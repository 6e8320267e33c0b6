import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { wholeAnswer } from "./connection.ts";
import { inFlight } from "./in-flight.ts";

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
