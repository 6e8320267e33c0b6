// The dashboards of a running stack: their queries, the ground truth after 10,000 requests, and an incident.
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../cli/clients/eventually.ts";
import type { Grafana } from "../../cli/clients/grafana.ts";
import { dashboardFolder, dashboardUids } from "../../dashboards/index.ts";
import { errorOf, measuredQuantiles, naiveQuantiles, quantiles } from "../../dashboards/queries.ts";
import { type CheckedDashboard, checkDashboards } from "../dashboards.ts";
import { sendRequests } from "../requests.ts";
import { figure, type StackUnderTest } from "../stack.ts";

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
    assert.ok(seen.alertmanager > 0, "Alertmanager never received the alert");
    const ended = seen.resolved - seen.ended;
    figure(`incident of ${what} to firing alert, ${kind}`, `${seen.fired.toFixed(1)} s`, "≤ 120 s");
    figure(`end of the incident to resolved alert, ${kind}`, `${ended.toFixed(1)} s`, "≤ 180 s");
    assert.ok(seen.fired <= 120 && ended <= 180, JSON.stringify(seen));
  });
}

/** A seed, so that chance (1 % for the p50 of 10,000 delays) does not decide the test. */
export const groundTruthSeed = "ground-truth-88";

const requests = 10_000;
/** Tolerance for what a busy machine adds to a delay; the histogram cannot correct that. */
const room = 0.02;

/** The running stack. */
interface Truth {
  readonly kind: string;
  readonly grafana: Grafana;
  readonly serverUrl: string;
  readonly namespace: string;
}

/** Tests that quantiles from the good buckets are correct, and those from the bad buckets far off. */
export function groundTruthTest(truth: () => Truth): void {
  it(`shows the correct quantiles of ${requests} requests, and how far off the bad buckets are`, async () => {
    const { kind, grafana, serverUrl, namespace } = truth();
    const where = { namespace };
    const errors = async (read: typeof measuredQuantiles) => {
      const frames = await grafana.query("prometheus", errorOf(read, where, "5m"));
      return new Map(
        frames.map(({ schema, data }) => {
          const label = schema.fields.find(({ labels }) => labels?.quantile !== undefined);
          return [label?.labels?.quantile ?? "", Number(data.values[1]?.at(-1))] as const;
        }),
      );
    };
    await sendRequests(serverUrl, { count: requests, atATime: 500 });
    await eventually(async () => {
      const [good, bad] = await Promise.all([errors(measuredQuantiles), errors(naiveQuantiles)]);
      const inPercent = (all: ReadonlyMap<string, number>) =>
        quantiles.map((q) => `p${Number(q) * 100} ${((all.get(q) ?? Number.NaN) * 100).toFixed(2)} %`);
      for (const quantile of quantiles) {
        const seen = `${inPercent(good)}; bad buckets ${inPercent(bad)}`;
        assert.ok(Math.abs(good.get(quantile) ?? Number.NaN) <= room, seen);
        assert.ok((bad.get(quantile) ?? Number.NaN) < -0.4, seen);
      }
      figure(
        `quantiles off the truth after ${requests} requests, ${kind}`,
        inPercent(good).join(", "),
        "≤ 1 %",
      );
      figure(`the same in bad buckets, ${kind}`, inPercent(bad).join(", "), "over 40 %");
    });
  });
}
