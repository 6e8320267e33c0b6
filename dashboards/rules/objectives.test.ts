import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { delayBuckets } from "../../service/src/delay/buckets.ts";
import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import { readEach } from "../../service/src/setting-kinds.ts";
import { defaultOptions } from "../options.ts";
import {
  type ObjectiveSettings,
  objectiveProblems,
  objectiveSettings,
  objectivesOf,
  retentionDays,
  thresholdBound,
} from "./objectives.ts";

const options = defaultOptions();
const uniform: DelaySettings = { distribution: { kind: "uniform" }, min: 0, max: 2000 };
const of = (changes: Partial<ObjectiveSettings>, scrapeInterval = 5) =>
  objectivesOf({ objectives: { ...options.objectives, ...changes }, delays: uniform, scrapeInterval });

describe("burn rates", () => {
  const { parse } = objectiveSettings.burnRates;

  it("have a severity, a rate and two windows", () => {
    assert.deepEqual(parse("page=14.4:1h/5m, ticket=1:72h/6h"), [
      { severity: "page", rate: 14.4, long: 3_600_000, short: 300_000 },
      { severity: "ticket", rate: 1, long: 259_200_000, short: 21_600_000 },
    ]);
  });

  it("are refused if a part is missing or the short window is longer than the long one", () => {
    for (const text of [
      "",
      "page",
      "page=14.4",
      "page=14.4:1h",
      "email=2:1h/5m",
      "page=0:1h/5m",
      "page=2:5m/1h",
      "page=2:1h/0s",
      "page=2:9000h/1h",
    ]) {
      assert.equal(parse(text), undefined, text);
    }
  });
});

describe("the windows of the alerts", () => {
  it("are shortened by the time scale, but never below four scrapes", () => {
    const windows = of({}).alerts.map(({ long, short }) => `${long}/${short}`);
    assert.deepEqual(windows, ["1m/20s", "6m/30s", "72m/6m"]);
    assert.equal(of({}).period, "12h");
    assert.deepEqual(
      of({}, 15).alerts.map(({ long, short }) => `${long}/${short}`),
      ["3m/1m", "6m/1m", "72m/6m"],
    );
  });

  it("are those of the SRE workbook with a time scale of 1", () => {
    const { alerts, period, windows } = of({ alertTimeScale: 1 });
    assert.deepEqual(
      alerts.map(({ long, short }) => `${long}/${short}`),
      ["1h/5m", "6h/30m", "3d/6h"],
    );
    assert.equal(period, "30d");
    assert.deepEqual(windows, ["5m", "30m", "6h", "1h", "3d"]);
  });

  it("give one alert, the more sensitive one, if scaling makes them equal", () => {
    const { alerts } = of({ alertTimeScale: 3600 });
    const labels = alerts.map(({ severity, long }) => `${severity} ${long}`);
    assert.equal(new Set(labels).size, labels.length);
    assert.equal(Math.min(...alerts.map(({ rate }) => rate)), 1);
  });

  it("and the budget's period are within Prometheus' retention", () => {
    assert.equal(retentionDays(options), 7);
    assert.equal(retentionDays({ ...options, objectives: { ...options.objectives, alertTimeScale: 1 } }), 31);
  });
});

describe("the latency threshold", () => {
  it("is the first bucket bound that is not below the setting", () => {
    assert.equal(thresholdBound(uniform, 0.95, 1500), 1.5);
    assert.equal(thresholdBound(uniform, 0.95, 1501), 1.5625);
  });

  it("leaves half of the budget to the configured delays if it is not set", () => {
    assert.equal(thresholdBound(uniform, 0.95, undefined), 2);
    assert.equal(thresholdBound(uniform, 0.5, undefined), 1.5625);
    const fixed: DelaySettings = { distribution: { kind: "fixed", delay: 300 }, min: 0, max: 2000 };
    const bound = thresholdBound(fixed, 0.95, undefined);
    assert.ok(bound > 0.31 && bound < 0.32 && delayBuckets(fixed).includes(bound), `${bound}`);
  });
});

describe("the settings of the objectives", () => {
  it("have valid defaults", () => {
    const { values } = readEach(objectiveSettings, {});
    assert.ok(values);
    assert.deepEqual(objectiveProblems(values, uniform), []);
  });

  it("are refused if an alert could never fire or a threshold could never be counted", () => {
    const wrong = { ...options.objectives, latencyObjective: 0.9, latencyThreshold: 60_000 };
    const problems = objectiveProblems(wrong, uniform);
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      ["latencyThreshold", "latencyObjective"],
    );
    assert.match(problems[0]?.allowed ?? "", /at most 10s/);
    assert.match(problems[1]?.allowed ?? "", /above 0\.9306/);
  });

  it("are refused if they leave no budget or promise nothing", () => {
    for (const text of ["100%", "1", "0", "40%", "99.999%"]) {
      assert.equal(objectiveSettings.availabilityObjective.parse(text), undefined, text);
    }
    assert.equal(objectiveSettings.availabilityObjective.parse("99.9%"), 0.999);
  });
});
