import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestRecord } from "../request.ts";
import { json, text } from "./log.ts";

const time = Date.UTC(2026, 0, 31, 12, 0, 0, 7);

const request: RequestRecord = {
  id: "0f4e",
  trace: undefined,
  method: "GET",
  path: "/?a=b",
  client: "10.1.2.3",
  userAgent: "curl/8",
  route: "/",
  status: 200,
  responseSize: 26,
  delay: 1234.567,
  delayOver: undefined,
  queue: 0.1,
  response: 0.2,
  total: 1234.8671234,
  injectedError: false,
  aborted: false,
};

test("a request is logged as one JSON object on one line", () => {
  const line = json.request(time, "info", request);
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.deepEqual(JSON.parse(line), {
    time: "2026-01-31T12:00:00.007Z",
    level: "info",
    msg: "request",
    request_id: "0f4e",
    method: "GET",
    route: "/",
    path: "/?a=b",
    status: 200,
    delay_ms: 1234.567,
    duration_ms: 1234.867,
    bytes: 26,
    client: "10.1.2.3",
    user_agent: "curl/8",
  });
});

test("optional fields appear only if they apply", () => {
  const trace = { traceId: "t", spanId: "s", parentId: "p", flags: "01" };
  const { trace_id, span_id, parent_id, injected_error, aborted } = JSON.parse(
    json.request(time, "error", { ...request, trace, injectedError: true, aborted: true }),
  );
  assert.deepEqual([trace_id, span_id, parent_id, injected_error, aborted], ["t", "s", "p", true, true]);
});

test("any text from a client stays within its field, in ASCII, and parses back unchanged", () => {
  const nasty = [
    '"',
    "\\",
    '","status":500,"x":"',
    "\u0000\u001b[31m\u007f",
    "\r\n",
    "äöü€😀",
    "\u2028",
    "<script>",
  ];
  for (const sent of nasty) {
    const line = json.request(time, "info", { ...request, path: `/${sent}`, userAgent: sent });
    assert.match(line, /^[\x20-\x7e]+\n$/);
    const { path, user_agent, status } = JSON.parse(line);
    assert.deepEqual([path, user_agent, status], [`/${sent}`, sent, 200]);
    assert.match(
      text.request(time, "info", { ...request, path: `/${sent}`, userAgent: sent }),
      /^[\x20-\x7e]+\n$/,
    );
  }
});

test("long texts are truncated", () => {
  const line = json.request(time, "info", {
    ...request,
    path: `/${"x".repeat(16_000)}`,
    userAgent: `"`.repeat(16_000),
  });
  const { path, user_agent } = JSON.parse(line);
  assert.equal(path.length, 1024);
  assert.equal(user_agent.length, 1024);
});

test("the text format contains the same information", () => {
  assert.equal(
    text.request(time, "info", request),
    "12:00:00.007Z INFO  GET /?a=b 200 in 1234.867 ms (delay 1234.567 ms, 26 bytes) client=10.1.2.3 request_id=0f4e user_agent=curl/8\n",
  );
});

test("an event is logged as one line", () => {
  const line = json.event(time, "warn", "no answer", { error: "ä\nb" });
  assert.match(line, /^[\x20-\x7e]+\n$/);
  assert.deepEqual(JSON.parse(line), {
    time: "2026-01-31T12:00:00.007Z",
    level: "warn",
    msg: "no answer",
    error: "ä\nb",
  });
});
