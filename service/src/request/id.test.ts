import assert from "node:assert/strict";
import { test } from "node:test";
import { newHexId, requestId } from "./id.ts";

test("what a client calls its request is taken over", () => {
  for (const id of ["a", "0f4e-b8.2_c~1:x@y=z+w/v", "x".repeat(64)]) assert.equal(requestId(id), id);
});

test("what could break a log line, a header or an exemplar is not taken over", () => {
  for (const id of [undefined, "", "x".repeat(65), 'a"b', "a b", "a\\b", "a\tb", "ä", "a,b", ["a", "b"]]) {
    assert.match(requestId(id), /^[0-9a-f]{32}$/);
  }
});

test("new ids are never the same, also when the pool of random bytes is filled again", () => {
  const ids = Array.from({ length: 20_000 }, () => newHexId(16));
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
  assert.match(newHexId(8), /^[0-9a-f]{16}$/);
});
