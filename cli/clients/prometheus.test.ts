import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unknownTargets } from "./prometheus.ts";

describe("a server outside the cluster", () => {
  it("counts as known once Prometheus has it in its job, not before", () => {
    const target = { scrapeUrl: "", health: "unknown", lastError: "" };
    const known = [
      { ...target, labels: { job: "httpserver-metrics" }, discoveredLabels: { __address__: "a:1" } },
      { ...target, labels: { job: "other" }, discoveredLabels: { __address__: "b:1" } },
    ];
    assert.deepEqual(unknownTargets(known, ["a:1", "b:1"]), ["b:1"]);
  });
});
