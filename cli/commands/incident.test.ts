import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultOptions } from "../../dashboards/index.ts";
import { objectivesOf } from "../../dashboards/rules/objectives.ts";
import { UserError } from "../../stack/errors.ts";
import { type Circumstances, planIncident } from "./incident.ts";

const { objectives: settings, delays } = defaultOptions();
const objectivesAt = (alertTimeScale: number) =>
  objectivesOf({ objectives: { ...settings, alertTimeScale }, delays, scrapeInterval: 5 });
const circumstances: Circumstances = {
  kind: "errors",
  objectives: objectivesAt(60),
  delays,
  requestsNow: 10,
  scrapeInterval: 5,
};

describe("an incident", () => {
  it("of errors outweighs the current load, and lasts long enough for the page", () => {
    const plan = planIncident(circumstances);
    assert.equal(plan.path, "/status/500");
    assert.equal(plan.rate, 50);
    assert.equal(plan.condition.severity, "page");
    assert.ok(plan.secondsToCondition < 60 && plan.seconds >= 60, JSON.stringify(plan));
  });

  it("of latency requests the longest delay", () => {
    const plan = planIncident({ ...circumstances, kind: "latency" });
    assert.equal(plan.path, "/delay/2s");
    assert.equal(plan.alert, "DelayedServerLatencyBudgetBurn");
    assert.ok(plan.secondsToCondition < 90);
  });

  it("lasts as long as production windows need", () => {
    const { seconds, secondsToCondition } = planIncident({ ...circumstances, objectives: objectivesAt(1) });
    assert.ok(secondsToCondition > 120 && secondsToCondition < 600 && seconds > secondsToCondition);
  });

  it("has enough requests even if there is no load yet", () => {
    assert.equal(planIncident({ ...circumstances, requestsNow: 0 }).rate, 20);
  });

  it("is refused if no alert could fire, with a fix", () => {
    const slowest = { ...delays, max: 1000 };
    assert.throws(
      () => planIncident({ ...circumstances, kind: "latency", delays: slowest }),
      /latencyThreshold=500ms/,
    );
    assert.throws(() => planIncident({ ...circumstances, requestsNow: 500, rate: "1" }), /--rate 2000/);
    for (const wrong of [{ rate: "0" }, { rate: "many" }, { duration: "5" }, { duration: "0s" }]) {
      assert.throws(() => planIncident({ ...circumstances, ...wrong }), UserError, JSON.stringify(wrong));
    }
  });
});
