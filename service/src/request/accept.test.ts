import assert from "node:assert/strict";
import { test } from "node:test";
import { preferred } from "./accept.ts";

const offers = ["text/plain", "application/json", "text/html"] as const;

test("a client without a wish gets the first offer", () => {
  assert.equal(preferred(undefined, offers), "text/plain");
  assert.equal(preferred("*/*", offers), "text/plain");
});

test("the highest quality wins, and the first offer among equals", () => {
  assert.equal(
    preferred("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", offers),
    "text/html",
  );
  assert.equal(preferred("application/json", offers), "application/json");
  assert.equal(preferred("application/json;q=0.5, text/plain;q=0.4", offers), "application/json");
  assert.equal(preferred("text/html, application/json", offers), "application/json");
  assert.equal(preferred("text/*", offers), "text/plain");
  assert.equal(preferred("TEXT/HTML", offers), "text/html");
});

test("the most specific range decides", () => {
  assert.equal(preferred("text/*;q=0.9, text/plain;q=0.1, application/json;q=0.5", offers), "text/html");
  assert.equal(preferred("text/plain;q=0, */*", offers), "application/json");
});

test("a client that accepts none of the offers gets none", () => {
  assert.equal(preferred("image/png", offers), undefined);
  assert.equal(preferred("", offers), undefined);
  assert.equal(preferred("text/plain;q=0", offers), undefined);
  assert.equal(preferred("text/plain;q=x", offers), undefined);
});

test("what Prometheus accepts is OpenMetrics, and what curl accepts is not", () => {
  const formats = ["text/plain", "application/openmetrics-text"] as const;
  const prometheus =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  assert.equal(preferred(prometheus, formats), "application/openmetrics-text");
  assert.equal(preferred("*/*", formats), "text/plain");
});

test("encodings are chosen the same way", () => {
  assert.equal(preferred("gzip", ["identity", "gzip"]), "gzip");
  assert.equal(preferred("gzip;q=0", ["identity", "gzip"]), undefined);
});
