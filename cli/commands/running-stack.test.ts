// Commands on a running stack: what they read from Prometheus, which checks apply, how an incident is planned.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { defaultOptions } from "../../dashboards/index.ts";
import { objectivesOf } from "../../dashboards/rules/objectives.ts";
import { histogramQuantile, histogramShare } from "../../service/src/metrics/quantile.ts";
import { UserError } from "../../stack/errors.ts";
import { notInstalled } from "../../test/environment.ts";
import { serving } from "../../test/fakes.ts";
import { testRules } from "../../test/promtool.ts";
import { bucketsIn, lastScrapes, query, unknownTargets } from "../clients/prometheus.ts";
import type { Connected } from "../clients/reach.ts";
import { checksFor } from "../observe/verify-checks.ts";
import { planOf } from "../options.ts";
import { type Circumstances, planIncident } from "./incident.ts";
import { distributionOf, picture } from "./latency.ts";

describe("a query", () => {
  /** A fake Prometheus that returns its answers in order, and then repeats the last one. */
  async function prometheus(...answers: ((response: ServerResponse) => void)[]) {
    let asked = 0;
    const url = await serving((_, response) => answers[Math.min(asked++, answers.length - 1)]?.(response));
    return { url, asked: () => asked };
  }

  const fails = (response: ServerResponse) => response.destroy();
  const answers = (response: ServerResponse) =>
    response.end(
      JSON.stringify({ status: "success", data: { result: [{ metric: { a: "b" }, value: [1, "2"] }] } }),
    );

  it("is retried if there is no response", async () => {
    const { url, asked } = await prometheus(fails, fails, answers);
    assert.deepEqual(await query(url, "up"), [{ metric: { a: "b" }, value: 2 }]);
    assert.equal(asked(), 3);
  });

  it("that Prometheus refuses is not retried", async () => {
    const refuses = (response: ServerResponse) =>
      response.end(JSON.stringify({ status: "error", error: "parse error" }));
    const { url, asked } = await prometheus(refuses);
    await assert.rejects(query(url, "("), /Prometheus: parse error/);
    assert.equal(asked(), 1);
  });
});

describe("a server outside the cluster", () => {
  it("counts as known only when Prometheus lists it in its job", () => {
    const target = { scrapeUrl: "", health: "unknown", lastError: "" };
    const known = [
      { ...target, labels: { job: "httpserver-metrics" }, discoveredLabels: { __address__: "a:1" } },
      { ...target, labels: { job: "other" }, discoveredLabels: { __address__: "b:1" } },
    ];
    assert.deepEqual(unknownTargets(known, ["a:1", "b:1"]), ["b:1"]);
  });
});

describe("a store that several agents write to", { skip: notInstalled("promtool") }, () => {
  it("does not report a target that was gone when its agent was killed", async () => {
    const settings = { scrapeInterval: 5, queryUrl: "https://store.example" };
    const { passed, output } = await testRules({ ...defaultOptions(), scrapeInterval: 5 }, [
      {
        name: "two targets, one of which nothing scrapes after ten seconds",
        interval: "5s",
        input_series: [
          { series: 'up{instance="gone"}', values: "1 0 0" },
          { series: 'up{instance="slow to come"}', values: `0x${(100 - 30) / 5}` },
          { series: 'up{instance="there"}', values: "1x40" },
        ],
        promql_expr_test: [
          {
            eval_time: "100s",
            expr: lastScrapes(settings),
            exp_samples: [
              { labels: 'up{instance="slow to come"}', value: 0 },
              { labels: 'up{instance="there"}', value: 1 },
            ],
          },
        ],
      },
    ]);
    assert.ok(passed, output);
  });
});

/** The checks that do not apply to a stack with some settings, and why. */
function left(settings: Record<string, string>): (readonly [string, string])[] {
  const plan = planOf("checks", new Map(Object.entries(settings)));
  return checksFor(plan).flatMap(({ name, doesNotApply }) => {
    const reason = doesNotApply?.(plan);
    return reason === undefined ? [] : [[name, reason] as const];
  });
}

describe("every check applies", () => {
  for (const settings of [
    {},
    { logFormat: "text" },
    { logLevel: "debug" },
    { load: "false" },
    { replicas: "5" },
  ]) {
    it(`with ${JSON.stringify(settings)}`, () =>
      assert.deepEqual(left(settings as Record<string, string>), []));
  }
});

describe("a check of log lines says why it does not apply", () => {
  for (const logLevel of ["warn", "error", "off"]) {
    it(`at logLevel=${logLevel}`, () => {
      assert.deepEqual(
        left({ logLevel }).map(([name]) => name),
        ["a request's log line is in Loki", "an exemplar leads to its log line"],
      );
      for (const [, reason] of left({ logLevel }))
        assert.match(reason, new RegExp(`^logLevel=${logLevel}: successful requests are not logged`));
    });
  }

  it("without access to the nodes' files", () => {
    assert.match(left({ nodeAccess: "false" })[0]?.[1] ?? "", /^nodeAccess=false: without Promtail/);
  });
});

describe("an autoscaler", () => {
  const names = (settings: Record<string, string>) =>
    checksFor(planOf("checks", new Map(Object.entries(settings)))).map(({ name }) => name);

  it("is checked if there is one", () => {
    assert.ok(names({ maxReplicas: "3" }).includes("the autoscaler gets the pods' metrics"));
    assert.equal(names({}).length, names({ maxReplicas: "3" }).length - 1);
  });
});

describe("the quantiles", () => {
  it("hold while a rollout changes the delays, and with them the buckets", async () => {
    // Half of the requests take up to `max / 2` seconds, nine tenths up to 0.9 × `max`.
    const pod = (name: string, max: number) => ({
      truths: [0.5, 0.9].map((q) => ({ metric: { pod: name, quantile: String(q) }, value: [0, q * max] })),
      buckets: Object.entries({ [max / 2]: 500, [max]: 1000, "+Inf": 1000 }).map(([le, count]) => ({
        metric: { pod: name, le },
        value: [0, count],
      })),
    });
    const pods = [pod("old", 2), pod("new", 0.2)];
    const queries = await serving((request, response) => {
      const expression = new URL(String(request.url), "http://prometheus").searchParams.get("query");
      const kind = expression?.includes("_bucket") ? "buckets" : "truths";
      const result = pods.flatMap((pod): unknown[] => pod[kind]);
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
    const subject = { urls: { queries }, outputs: { namespaces: { server: "latency-lab" } } };
    const check = checksFor(planOf("checks")).find(({ name }) => name.startsWith("the quantiles"));
    assert.equal(
      await check?.look(subject as Connected),
      "of 2000 requests, 50.0 % at most p50, 90.0 % at most p90",
    );
  });
});

const uniform = { distribution: { kind: "uniform" }, min: 0, max: 2000 } as const;

/** 1,000 requests spread evenly over 0–2 s, in buckets of 0.1 s. */
const even = {
  bounds: Array.from({ length: 20 }, (_, i) => (i + 1) / 10),
  counts: Array.from({ length: 21 }, (_, i) => (i === 20 ? 0 : 50)),
};

describe("a histogram", () => {
  it("has its buckets in order, regardless of the order of the response", () => {
    const buckets = bucketsIn([
      { metric: { le: "+Inf" }, value: 3 },
      { metric: { le: "0.5" }, value: 1 },
      { metric: { le: "10" }, value: 2 },
    ]);
    assert.deepEqual(buckets, { bounds: [0.5, 10], counts: [1, 1, 1] });
  });

  it("gives the quantiles that Prometheus gives", () => {
    assert.equal(histogramQuantile(even, 0.5), 1);
    assert.ok(Math.abs(histogramQuantile(even, 0.99) - 1.98) < 1e-9);
    // Above the last finite bound Prometheus answers with that bound.
    assert.equal(histogramQuantile({ bounds: [1], counts: [0, 5] }, 0.5), 1);
    assert.ok(Number.isNaN(histogramQuantile(bucketsIn([]), 0.5)));
  });

  it("gives the share below a time, within a bucket too", () => {
    assert.equal(histogramShare(even, 0.55), 0.275);
    assert.equal(histogramShare(even, 5), 1);
  });
});

describe("the latency distribution in the terminal", () => {
  it("has requests that took longer than the longest bucket in its last row", () => {
    const { ranges } = distributionOf({ bounds: [1, 2], counts: [1, 1, 2] }, uniform);
    assert.equal(ranges.at(-1)?.measured, 0.5);
  });

  it("shows even bars against the even ones configured", () => {
    const { requests, ranges, quantiles } = distributionOf(even, uniform);
    assert.equal(requests, 1000);
    for (const { measured, configured } of ranges) assert.ok(Math.abs(measured - configured) < 1e-9);
    for (const { measured, configured } of quantiles) assert.ok(Math.abs(measured - configured) < 1e-9);
    const lines = picture(distributionOf(even, uniform));
    assert.match(lines.join("\n"), /p50 +1\.000 s +configured +1\.000 s +\+0\.0 %/);
    assert.equal(lines.filter((line) => line.includes("█")).length, 10);
  });

  it("shows dashes, not errors, before the first request", () => {
    assert.match(picture(distributionOf(bucketsIn([]), uniform)).join("\n"), /^0 requests\n +p50 +– /);
  });
});

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
