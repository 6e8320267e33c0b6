import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
