import assert from "node:assert/strict";
import { test } from "node:test";
import { continueTrace, requestId, traceparent } from "./request.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a valid request id of the client is kept", () => {
  for (const id of ["a", "0f4e-b8.2_c~1:x@y=z+w/v", "x".repeat(64)]) assert.equal(requestId(id), id);
});

test("an id that could break a log line, a header or an exemplar is replaced", () => {
  for (const id of [undefined, "", "x".repeat(65), 'a"b', "a b", "a\\b", "a\tb", "ä", "a,b", "a\nb"]) {
    assert.match(requestId(id), uuid);
  }
});

test("every new id is different", () => {
  assert.equal(new Set(Array.from({ length: 20_000 }, () => requestId(undefined))).size, 20_000);
});

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

test("a trace continues with a span of this server", () => {
  const trace = continueTrace(`00-${traceId}-${parentId}-01`);
  assert.ok(trace);
  assert.deepEqual({ ...trace, spanId: "" }, { traceId, parentId, spanId: "", flags: "01" });
  assert.match(trace.spanId, /^[0-9a-f]{16}$/);
  assert.notEqual(trace.spanId, parentId);
  assert.equal(traceparent(trace), `00-${traceId}-${trace.spanId}-01`);
});

test("a later version of traceparent may have more fields", () => {
  assert.equal(continueTrace(`01-${traceId}-${parentId}-01-more`)?.traceId, traceId);
  assert.equal(continueTrace(`01-${traceId}-${parentId}-01`)?.traceId, traceId);
});

test("an invalid traceparent is ignored", () => {
  const wrong = [
    "",
    `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`,
    `00-${traceId}-${parentId}`,
    `00-${traceId}-${parentId}-01-more`,
    `ff-${traceId}-${parentId}-01`,
    `00-${"0".repeat(32)}-${parentId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${parentId}-01`,
    `00-${traceId.slice(1)}-${parentId}-01`,
    `00-${traceId}-${parentId}-1`,
    `00-${traceId}-${parentId}-01more`,
  ];
  for (const header of wrong) assert.equal(continueTrace(header), undefined, String(header));
});
