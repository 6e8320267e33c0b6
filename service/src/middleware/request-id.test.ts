import assert from "node:assert/strict";
import { test } from "node:test";
import { validOrNew } from "./request-id.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("what a client calls its request is taken over", () => {
  for (const id of ["a", "0f4e-b8.2_c~1:x@y=z+w/v", "x".repeat(64)]) assert.equal(validOrNew(id), id);
});

test("what could break a log line, a header or an exemplar is not taken over", () => {
  for (const id of [undefined, "", "x".repeat(65), 'a"b', "a b", "a\\b", "a\tb", "ä", "a,b", "a\nb"]) {
    assert.match(validOrNew(id), uuid);
  }
});

test("new ids are never the same", () => {
  assert.equal(new Set(Array.from({ length: 20_000 }, () => validOrNew(undefined))).size, 20_000);
});
