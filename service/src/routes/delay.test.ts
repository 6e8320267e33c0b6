import assert from "node:assert/strict";
import { test } from "node:test";
import { running } from "../../testing/running.ts";

async function timed(url: string) {
  const begin = performance.now();
  const response = await fetch(url);
  return { status: response.status, text: await response.text(), took: performance.now() - begin };
}

test("a request can set its delay in the path or the query", async (t) => {
  const { url, requests } = await running(t);
  for (const path of [
    "/delay/30ms",
    "/delay/30ms?x",
    "/delay/3%30ms",
    "/?delay=30ms",
    "/delay/0.03s",
    "/?a=1&delay=30ms",
  ]) {
    const { status, text, took } = await timed(url + path);
    assert.equal(status, 200, path);
    assert.equal(text, "Served after 30 ms, as requested.\n");
    assert.ok(took >= 30, `${path}: ${took}`);
  }
  // Not `/`, whose histogram is compared with the configured delays.
  assert.deepEqual(new Set(requests().map(({ route }) => route)), new Set(["/delay/:duration"]));
  assert.deepEqual(new Set(requests().map(({ delay_ms }) => delay_ms)), new Set([30]));
});

test("a requested delay is limited to the configured maximum", async (t) => {
  const { url } = await running(t, { delayMax: "20ms" });
  const text = "Served after 20 ms, the longest delay allowed.\n";
  assert.equal((await timed(`${url}/delay/1h`)).text, text);
  assert.equal((await timed(`${url}/?delay=1h`)).text, text);
});

test("an invalid duration is rejected immediately, with examples of valid ones", async (t) => {
  const { url, requests } = await running(t);
  for (const path of ["/delay/5", "/delay/-1s", "/delay/%00", "/delay/1s%0A", "/?delay=", "/?delay=soon"]) {
    const { status, text } = await timed(url + path);
    assert.equal(status, 400, path);
    assert.match(text, /duration with a unit, such as 250ms/);
  }
  assert.deepEqual(new Set(requests().map(({ route }) => route)), new Set(["/delay/:duration"]));
});

test("Server-Timing reports a delay of zero too", async (t) => {
  const { url } = await running(t);
  const response = await fetch(`${url}/delay/0s`);
  await response.arrayBuffer();
  assert.equal(response.headers.get("server-timing"), "delay;dur=0");
});
