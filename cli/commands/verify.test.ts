import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { Connected } from "../clients/reach.ts";
import { checksFor } from "../observe/checks.ts";
import { planOf } from "../options.ts";

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
  it("hold while a rollout changes the delays, and with them the buckets", async (t) => {
    // Half of the requests take up to `max / 2` seconds, nine tenths up to 0.9 × `max`.
    const pod = (name: string, max: number) => ({
      truths: [0.5, 0.9].map((q) => ({ metric: { pod: name, quantile: String(q) }, value: [0, q * max] })),
      buckets: Object.entries({ [max / 2]: 500, [max]: 1000, "+Inf": 1000 }).map(([le, count]) => ({
        metric: { pod: name, le },
        value: [0, count],
      })),
    });
    const pods = [pod("old", 2), pod("new", 0.2)];
    const prometheus = createServer((request, response) => {
      const expression = new URL(String(request.url), "http://prometheus").searchParams.get("query");
      const kind = expression?.includes("_bucket") ? "buckets" : "truths";
      const result = pods.flatMap((pod): unknown[] => pod[kind]);
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
    t.after(() => prometheus.close());
    await once(prometheus.listen(0, "127.0.0.1"), "listening");
    const queries = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
    const subject = { urls: { queries }, outputs: { namespaces: { server: "latency-lab" } } };
    const check = checksFor(planOf("checks")).find(({ name }) => name.startsWith("the quantiles"));
    assert.equal(
      await check?.look(subject as Connected),
      "of 2000 requests, 50.0 % at most p50, 90.0 % at most p90",
    );
  });
});
