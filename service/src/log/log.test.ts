import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RequestRecord } from "../request.ts";
import { type Level, Log } from "./log.ts";

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

/** The line of a request. The clock is stopped. */
function line(
  t: TestContext,
  level: Level,
  about: Partial<RequestRecord> = {},
  logFormat: "json" | "text" = "json",
) {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: time });
  const lines: string[] = [];
  new Log((one) => lines.push(one), { logFormat, logLevel: "debug" }).request(level, {
    ...request,
    ...about,
  });
  assert.equal(lines.length, 1);
  return lines[0] as string;
}

test("a request is logged as one JSON object on one line", (t) => {
  const text = line(t, "info");
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
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

test("optional fields appear only if they apply", (t) => {
  const trace = { traceId: "t", spanId: "s", parentId: "p", flags: "01" };
  const { trace_id, span_id, parent_id, injected_error, aborted } = JSON.parse(
    line(t, "error", { trace, injectedError: true, aborted: true }),
  );
  assert.deepEqual([trace_id, span_id, parent_id, injected_error, aborted], ["t", "s", "p", true, true]);
});

test("any text from a client stays within its field, in ASCII, and parses back unchanged", (t) => {
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
    const about = { path: `/${sent}`, userAgent: sent };
    const text = line(t, "info", about);
    assert.match(text, /^[\x20-\x7e]+\n$/);
    const { path, user_agent, status } = JSON.parse(text);
    assert.deepEqual([path, user_agent, status], [`/${sent}`, sent, 200]);
    assert.match(line(t, "info", about, "text"), /^[\x20-\x7e]+\n$/);
  }
});

test("long texts are truncated", (t) => {
  const about = { path: `/${"x".repeat(16_000)}`, userAgent: `"`.repeat(16_000) };
  const { path, user_agent } = JSON.parse(line(t, "info", about));
  assert.equal(path.length, 1024);
  assert.equal(user_agent.length, 1024);
});

test("the text format contains the same information, as logfmt", (t) => {
  assert.equal(
    line(t, "info", {}, "text"),
    "12:00:00.007Z INFO  request request_id=0f4e method=GET route=/ " +
      'path="/?a=b" status=200 delay_ms=1234.567 duration_ms=1234.867 bytes=26 client=10.1.2.3 user_agent=curl/8\n',
  );
});

test("an event is logged as one line", () => {
  const lines: string[] = [];
  const log = new Log((one) => lines.push(one), { logFormat: "json", logLevel: "info" });
  log.event("warn", "no answer", { error: "ä\nb" });
  assert.match(lines.join(""), /^[\x20-\x7e]+\n$/);
  const { time, ...fields } = JSON.parse(lines.join(""));
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
  assert.deepEqual(fields, { level: "warn", msg: "no answer", error: "ä\nb" });
});
