import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metrics } from "../service/src/metrics/definitions.ts";
import { buckets, counts, matches, matchesNot, promDuration, series } from "./queries.ts";

const { requestDuration, requests, inFlight } = metrics;

describe("a selector", () => {
  it("names a metric and its label matchers", () => {
    assert.equal(series(inFlight), "http_requests_in_flight");
    assert.equal(
      counts(requestDuration, { job: "a", route: matches("$route"), status: matchesNot("5..") }),
      'http_request_duration_seconds_count{job="a", route=~"$route", status!~"5.."}',
    );
  });

  it("escapes strings as Prometheus expects", () => {
    assert.equal(
      buckets(requestDuration, { le: matches("2(\\.0)?"), route: matchesNot('"') }),
      'http_request_duration_seconds_bucket{le=~"2(\\\\.0)?", route!~"\\""}',
    );
  });

  it("does not compile with a metric or a label that the server does not declare", () => {
    // @ts-expect-error -- there is no such metric
    assert.throws(() => series(metrics.requestsTotal));
    // @ts-expect-error -- requests have no such label
    series(requests, { path: "/" });
    // @ts-expect-error -- a gauge has no buckets
    buckets(inFlight, {});
    // @ts-expect-error -- a histogram is not a number
    series(requestDuration);
  });
});

describe("a duration", () => {
  it("uses the largest unit that divides it", () => {
    const durations = [1, 20, 60, 90, 4320, 21_600, 86_400, 2_592_000].map(promDuration);
    assert.deepEqual(durations, ["1s", "20s", "1m", "90s", "72m", "6h", "1d", "30d"]);
  });
});
