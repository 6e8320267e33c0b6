// The dashboards of a running stack, and an incident on them.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Grafana } from "../../cli/clients/grafana.ts";
import { dashboardFolder, dashboardUids } from "../../dashboards/index.ts";
import { eventually } from "../eventually.ts";
import { figure } from "../figures.ts";
import { type CheckedDashboard, checkDashboards } from "../monitoring/check-dashboards.ts";
import type { StackUnderTest } from "../stack.ts";

/** The running stack. */
interface Shown {
  readonly kind: string;
  readonly stack: StackUnderTest;
  readonly grafana: Grafana;
}

/** Seconds of the default load after which every panel must have data. */
const filledAfter = 60;
/** Milliseconds in which all panels of a dashboard should load. */
const quick = 300;

/** Tests that every query of every dashboard returns data through Grafana's API. */
export function dashboardTests(shown: () => Shown): void {
  let checked: CheckedDashboard[];

  it(`has no empty panel and no variable without values after ${filledAfter} s of the default load`, async () => {
    const { grafana, kind } = shown();
    await eventually(async () => {
      checked = await checkDashboards(grafana);
      assert.deepEqual(
        checked.flatMap(({ uid, wrong }) => wrong.map((one) => `${uid}: ${one}`)),
        [],
      );
    }, filledAfter);
    const queries = checked.reduce((sum, one) => sum + one.queries, 0);
    figure(`queries of dashboards answered through Grafana, ${kind}`, `${queries}, 0 empty`, "0 empty");
  });

  it("has all dashboards in its folder, with exemplars", () => {
    assert.deepEqual(
      checked.map(({ uid }) => uid),
      Object.values(dashboardUids),
    );
    assert.ok(checked.every(({ folder }) => folder === dashboardFolder));
    assert.ok((checked[0]?.exemplars ?? 0) > 0, "no exemplar");
  });

  it("opens each dashboard quickly", async () => {
    const { grafana, kind } = shown();
    const runs = [];
    for (let run = 0; run < 3; run++) {
      runs.push(await checkDashboards(grafana));
    }
    for (const [index, { title }] of checked.entries()) {
      const times = runs.map((run) => run[index]?.milliseconds ?? Number.NaN).sort((a, b) => a - b);
      figure(`all queries of ${title}, ${kind}`, `${times[1]} ms (median of 3)`, `≤ ${quick} ms`);
    }
  });
}

/**
 * Tests that an alert fires within two minutes of an incident and resolves within three minutes of its
 * end.
 */
export function incidentTest(shown: () => Shown, what: "errors" | "latency"): void {
  it(`fires an alert during an incident of kind ${what}, and resolves it afterwards`, async () => {
    const { stack, kind } = shown();
    // Shorter than the default, but three times as long as the alert needs.
    const flags = ["--kind", what, "--duration", "60s"];
    const seen = await stack.json<Record<"fired" | "ended" | "resolved" | "alertmanager", number>>(
      "incident",
      ...flags,
    );
    assert.ok(seen.alertmanager > 0, "Alertmanager never had it");
    const ended = seen.resolved - seen.ended;
    figure(`incident of ${what} to firing alert, ${kind}`, `${seen.fired.toFixed(1)} s`, "≤ 120 s");
    figure(`end of the incident to resolved alert, ${kind}`, `${ended.toFixed(1)} s`, "≤ 180 s");
    assert.ok(seen.fired <= 120 && ended <= 180, JSON.stringify(seen));
  });
}
