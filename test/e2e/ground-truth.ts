// The ground-truth panel of a running stack after 10,000 requests.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Grafana } from "../../cli/clients/grafana.ts";
import { errorOf, measuredQuantiles, naiveQuantiles, quantiles } from "../../dashboards/queries.ts";
import { eventually } from "../eventually.ts";
import { figure } from "../figures.ts";
import { sendRequests } from "../requests.ts";

/** A seed, so that chance (1 % for the p50 of 10,000 delays) does not decide the test. */
export const groundTruthSeed = "ground-truth";

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
      const frames = await grafana.query("prometheus", errorOf(read(where, "5m"), where));
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
