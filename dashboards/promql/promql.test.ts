import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { absent, histogramQuantile, labelReplace, rate, secondsSince, sum } from "./functions.ts";
import { above, and, divide, minus, or, orZero, rest, times } from "./operators.ts";
import { buckets, counts, isNot, matches, matchesNot, promDuration, series } from "./selector.ts";

const { requestDuration, requests, inFlight, buildInfo } = metrics;
const a = { text: "a" };
const b = { text: "b" };
const c = { text: "c" };

describe("a selector", () => {
  it("names a metric and its label matchers; the last matcher of a label wins", () => {
    assert.equal(series(inFlight).text, "http_requests_in_flight");
    assert.equal(
      counts(requestDuration, { job: "a", route: "/" }, { route: matches("$route"), status: isNot("200") })
        .text,
      'http_request_duration_seconds_count{job="a", route=~"$route", status!="200"}',
    );
  });

  it("escapes strings as Prometheus expects", () => {
    assert.equal(
      buckets(requestDuration, { le: matches("2(\\.0)?"), route: matchesNot('"') }).text,
      'http_request_duration_seconds_bucket{le=~"2(\\\\.0)?", route!~"\\""}',
    );
  });

  it("does not compile with a metric or a label that the server does not declare", () => {
    // @ts-expect-error -- there is no such metric
    assert.throws(() => series(metrics.requestsTotal));
    // @ts-expect-error -- requests have no such label
    series(requests, { path: "/" });
    // @ts-expect-error -- a gauge has no buckets
    buckets(inFlight);
    // @ts-expect-error -- a histogram is not a number
    series(requestDuration);
  });
});

describe("a function", () => {
  it("does not compile with labels that its argument does not have", () => {
    const perRoute = sum(["route"], rate(counts(requestDuration), "5m"));
    // @ts-expect-error -- was summed away
    sum(["status"], perRoute);
    // @ts-expect-error -- no buckets to read a quantile off
    histogramQuantile(0.9, perRoute);
    // @ts-expect-error -- what is summed up has forgotten its restarts
    rate(perRoute, "5m");
    // @ts-expect-error -- a gauge has no rate
    rate(series(inFlight), "5m");
    // @ts-expect-error -- not a range
    rate(counts(requestDuration), "five minutes");
    // @ts-expect-error -- the right side has no such label
    divide(perRoute, sum([], perRoute), { on: ["status"] });
  });

  it("has Prometheus' syntax", () => {
    assert.equal(sum([], a).text, "sum(a)");
    assert.equal(
      sum(["le", "route"], rate(buckets(requestDuration), "5m")).text,
      "sum by (le, route) (rate(http_request_duration_seconds_bucket[5m]))",
    );
    assert.equal(labelReplace(a, "quantile", "0.9").text, 'label_replace(a, "quantile", "0.9", "", "")');
    assert.equal(absent(series(buildInfo)).text, "absent(httpserver_build_info)");
    assert.equal(secondsSince(minus(a, b)).text, "time() - (a - b)");
  });
});

describe("an operator", () => {
  it("adds parentheses only where precedence requires them", () => {
    assert.equal(divide(minus(a, b), c).text, "(a - b) / c");
    assert.equal(minus(divide(a, b), c).text, "a / b - c");
    assert.equal(minus(a, minus(b, c)).text, "a - (b - c)");
    assert.equal(minus(minus(a, b), c).text, "a - b - c");
    assert.equal(divide(a, times(b, c)).text, "a / (b * c)");
    assert.equal(and(above(a, 1), above(b, 2)).text, "a > 1 and b > 2");
    assert.equal(above(and(a, b), 1).text, "(a and b) > 1");
    assert.equal(rest(divide(a, 2)).text, "1 - a / 2");
    assert.equal(rest(minus(a, 2)).text, "1 - (a - 2)");
    assert.equal(divide(or(a, b), c).text, "(a\nor b) / c");
    assert.equal(orZero(a).text, "a\nor vector(0)");
  });

  it("matches both sides on the given labels", () => {
    const perRoute = sum(["route"], rate(counts(requestDuration), "5m"));
    assert.match(divide(perRoute, perRoute, { on: ["route"] }).text, /\) \/ on \(route\) sum/);
    assert.match(and(perRoute, perRoute, { ignoring: ["route"] }).text, /\) and ignoring \(route\) sum/);
  });
});

describe("a duration", () => {
  it("uses the largest unit that divides it", () => {
    const durations = [1, 20, 60, 90, 4320, 21_600, 86_400, 2_592_000].map(promDuration);
    assert.deepEqual(durations, ["1s", "20s", "1m", "90s", "72m", "6h", "1d", "30d"]);
  });
});
