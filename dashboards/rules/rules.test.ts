import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { delayBuckets } from "../../service/src/delay/buckets.ts";
import type { DelaySettings } from "../../service/src/delay/distribution.ts";
import { readEach } from "../../service/src/setting-kinds.ts";
import { notInstalled } from "../../test/environment.ts";
import {
  checkRules,
  counters,
  type Phase,
  type RuleTest,
  serverLabels,
  testRules,
} from "../../test/promtool.ts";
import { alertingRules, type DashboardOptions, defaultOptions } from "../index.ts";
import { type AlertName, alertNames } from "./alerting.ts";
import {
  type ObjectiveSettings,
  objectiveProblems,
  objectiveSettings,
  objectivesOf,
  retentionDays,
  thresholdBound,
} from "./objectives.ts";

/** A scrape every five seconds; an hour lasts a minute. */
const demo: DashboardOptions = {
  ...defaultOptions(),
  stack: { namespace: "latency-lab", instance: "latency-lab" },
};
/** A scrape every 30 seconds; an hour lasts an hour. */
const production: DashboardOptions = {
  ...demo,
  scrapeInterval: 30,
  objectives: { ...demo.objectives, alertTimeScale: 1 },
};

const quiet = { good: 50, failed: 0, slow: 0 };
const failing = { good: 25, failed: 25, slow: 0 };
const slow = { good: 5, failed: 0, slow: 45 };
const errors = "DelayedServerErrorBudgetBurn";
const latency = "DelayedServerLatencyBudgetBurn";

describe("the rules", { skip: notInstalled("promtool") }, () => {
  it("are valid for Prometheus and contain no duplicates", async () => {
    for (const options of [demo, production, defaultOptions(), { ...demo, manyPods: true }]) {
      const { passed, output } = await checkRules(options);
      assert.ok(passed, output);
    }
  });

  it("do not fire while requests are answered in time", async () => {
    const times = ["30s", "2m", "10m", "20m"];
    await holds(
      demo,
      [{ ...quiet, scrapes: 241 }],
      times.flatMap((time) => alertNames.map((alert) => firing(time, alert))),
    );
  });

  it("page within 35 s if half of the requests fail, and resolve within 60 s", async () => {
    await holds(demo, during(failing, "1m"), [
      firing("10m", errors),
      firing("10m35s", errors, "page", "ticket"),
      firing("11m", errors, "page", "ticket"),
      firing("12m", errors, "ticket"),
      firing("18m", errors),
      firing("11m", latency),
    ]);
  });

  it("page within 65 s if nine of ten requests are slow, and resolve within 60 s", async () => {
    await holds(demo, during(slow, "2m"), [
      firing("10m", latency),
      firing("11m5s", latency, "page", "ticket"),
      firing("12m", latency, "page", "ticket"),
      firing("13m", latency, "ticket"),
      firing("19m", latency),
      firing("12m", errors),
    ]);
  });

  it("open a ticket but do not page if the budget is spent slowly", async () => {
    await holds(demo, during({ good: 49, failed: 1, slow: 0 }, "30m"), [
      firing("20m", errors),
      firing("25m", errors, "ticket"),
      firing("39m", errors, "ticket"),
    ]);
  });

  it("do not page for a single failed request in a quiet minute", async () => {
    const one = { good: 0, failed: 1, slow: 0, scrapes: 1 };
    const none = { good: 0, failed: 0, slow: 0, scrapes: 11 };
    await holds(
      demo,
      [none, one, none, one, none, one, none],
      [firing("1m5s", errors), firing("1m20s", errors), firing("2m10s", errors)],
    );
  });

  it("page after the workbook's windows with a time scale of 1", async () => {
    const phases = [
      { ...quiet, scrapes: 480 },
      { ...failing, scrapes: 120 },
      { ...quiet, scrapes: 60 },
    ];
    await holds(production, phases, [
      firing("4h", errors),
      firing("4h5m", errors),
      firing("4h30m", errors, "page", "ticket"),
      firing("5h", errors, "page", "ticket"),
      firing("5h29m", errors, "ticket"),
    ]);
  });

  it("page if a server of the stack, in the cluster or outside, cannot be scraped, but not one of another stack", async () => {
    const another = serverLabels.replace('"latency-lab", app', '"latency-lab-test", app');
    const input_series = [
      { series: `up{${serverLabels}}`, values: "1x11 0x11 1x11" },
      { series: `up{job="httpserver-metrics", instance="192.0.2.1:19004"}`, values: "1x35" },
      { series: `up{${another}}`, values: "0x35" },
    ];
    const alert = "DelayedServerDown";
    await passes(demo, {
      input_series,
      promql_expr_test: [firing("1m20s", alert), firing("1m30s", alert, "page"), firing("2m5s", alert)],
      alert_rule_test: [
        {
          eval_time: "1m50s",
          alertname: alert,
          exp_alerts: [
            {
              exp_labels: {
                severity: "page",
                ...Object.fromEntries(
                  [...serverLabels.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]),
                ),
              },
              exp_annotations: {
                summary: "10.0.0.1:19004 does not answer Prometheus",
                description:
                  "The last scrapes of 10.0.0.1:19004 (job kubernetes-pods, pod delayed-server-0) failed: " +
                  "the server is gone, hangs, or can't be reached.",
                runbook: "docs/alerts.md#delayedserverdown",
              },
            },
          ],
        },
      ],
    });
    await passes(demo, {
      input_series: [{ series: `up{job="httpserver-metrics", instance="192.0.2.1:19004"}`, values: "0x35" }],
      promql_expr_test: [firing("1m", alert, "page")],
    });
  });

  it("page if there is no target at all", async () => {
    await passes(demo, {
      input_series: [{ series: `httpserver_build_info{${serverLabels}}`, values: "1x11 stale" }],
      promql_expr_test: [
        firing("1m20s", "DelayedServerNoData"),
        firing("1m40s", "DelayedServerNoData", "page"),
      ],
    });
  });
});

describe("an alert", () => {
  it("has a section in docs/alerts.md", () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "alerts.md"), "utf8");
    for (const alert of alertNames) assert.match(page, new RegExp(`^## ${alert}$`, "m"));
  });

  it("has a summary, a description and a link to its runbook", () => {
    const runbookUrl = "https://git.example.com/latency-lab/docs/alerts.md";
    const rules = (options: DashboardOptions) => alertingRules(options).groups.flatMap(({ rules }) => rules);
    for (const { alert, annotations } of rules(demo)) {
      assert.ok(
        (annotations.summary ?? "").length > 20 && (annotations.description ?? "").length > 40,
        alert,
      );
      assert.equal(annotations.runbook, `docs/alerts.md#${alert.toLowerCase()}`);
    }
    for (const { alert, annotations } of rules({ ...demo, objectives: { ...demo.objectives, runbookUrl } })) {
      assert.equal(annotations.runbook_url, `${runbookUrl}#${alert.toLowerCase()}`);
    }
  });
});

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

/** Ten minutes of normal traffic, then a phase, then ten minutes of normal traffic. */
function during(phase: Omit<Phase, "scrapes">, time: `${number}m`): Phase[] {
  const perMinute = 60 / demo.scrapeInterval;
  const scrapes = Number.parseInt(time, 10) * perMinute;
  // Plus the scrape at 0 s.
  return [
    { ...quiet, scrapes: 10 * perMinute + 1 },
    { ...phase, scrapes },
    { ...quiet, scrapes: 10 * perMinute },
  ];
}

/** Expects an alert to fire with exactly these severities at a time. */
function firing(eval_time: string, alert: AlertName, ...severities: readonly string[]) {
  return {
    eval_time,
    expr: `max by (severity) (ALERTS{alertname="${alert}", alertstate="firing"})`,
    exp_samples: severities.map((severity) => ({ labels: `{severity="${severity}"}`, value: 1 })),
  };
}

function holds(
  options: DashboardOptions,
  phases: readonly Phase[],
  promql_expr_test: RuleTest["promql_expr_test"] & {},
) {
  return passes(options, { input_series: counters(phases), promql_expr_test });
}

async function passes(options: DashboardOptions, test: Omit<RuleTest, "name" | "interval">): Promise<void> {
  const { passed, output } = await testRules(options, [
    { name: "rules", interval: `${options.scrapeInterval}s`, ...test },
  ]);
  assert.ok(passed, output);
}
