// Runs every query against a real Prometheus and Loki that scrape and tail the real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, exemplars } from "../cli/clients/prometheus.ts";
import { logFields } from "../service/src/log/log.ts";
import { metrics } from "../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../service/src/route-names.ts";
import {
  type DashboardModel,
  fillIn,
  panelQueries,
  type Target,
  variableQueries,
} from "../test/dashboards.ts";
import { notInstalled } from "../test/environment.ts";
import { type Monitoring, needed, podLabels, startMonitoring } from "../test/monitoring.ts";
import { everySeriesOnce, sendRequests } from "../test/requests.ts";
import { alertingRules, dashboards, latencyQueries, recordingRules } from "./index.ts";
import { buckets, errorOf, measuredQuantiles, naiveQuantiles, quantiles } from "./queries.ts";

/** A seed, so that chance (1 % for the p50 of 10,000 delays) does not decide the test. */
const seed = "ground-truth-88";
const drawnRequests = 10_000;

describe("on a real Prometheus and Loki", { skip: notInstalled(...needed), timeout: 180_000 }, () => {
  let real: Monitoring;
  let models: DashboardModel[];
  let began: number;

  before(async () => {
    real = await startMonitoring({ DELAY_SEED: seed });
    models = (await dashboards(real.options)).map(({ json }) => JSON.parse(json) as DashboardModel);
    await everySeriesOnce(real.serverUrl);
    await everySeriesOnce(real.outsideUrl);
    // A counter's increase is visible only after its first scrape.
    await sleep(2500);
    began = Date.now();
    await Promise.all([
      sendRequests(real.serverUrl, { count: drawnRequests, atATime: 800 }),
      sendRequests(`${real.serverUrl}/delay/50ms`, { count: 200, atATime: 2 }),
      sendRequests(`${real.serverUrl}/status/200:9,500:1`, { count: 200, atATime: 2 }),
      sendRequests(`${real.outsideUrl}/delay/10ms`, { count: 500, atATime: 2 }),
    ]);
    // Wait until the last requests are scraped and their log lines have arrived.
    await sleep(3500);
  });
  after(() => real?.stop());

  const seconds = () => Math.ceil((Date.now() - began) / 1000) + 2;
  /** Replaces Grafana's own variables. */
  const filledIn = (text: string) =>
    text
      .replaceAll("$__rate_interval", "4s")
      .replaceAll("$__interval", "4s")
      .replaceAll("$__range", `${seconds()}s`);
  const answerOf = (query: Target, model: DashboardModel): Promise<readonly unknown[]> => {
    const text = filledIn(fillIn(query.expr, model));
    if (query.datasource.type === "loki") {
      return text.startsWith("{") ? logLines(real.lokiUrl, text) : countedLines(real.lokiUrl, text);
    }
    if (query.instant === true) return atNow(real.prometheusUrl, text);
    return overLast(real.prometheusUrl, seconds(), text);
  };

  /** The queries without data, or without the labels that their legends show. */
  async function emptyQueries(models: readonly DashboardModel[]): Promise<string[]> {
    const wrong: string[] = [];
    let sent = 0;
    for (const model of models) {
      for (const query of panelQueries(model)) {
        // Only its exemplars are shown.
        if (query.expr.endsWith(" < 0")) continue;
        sent++;
        const answer = await answerOf(query, model);
        const named = `${model.title}, ${query.title}, ${query.refId}: ${query.expr}`;
        if (answer.length === 0) wrong.push(named);
        if (query.datasource.type === "loki" || query.format === "heatmap") continue;
        for (const [, label = ""] of query.legendFormat?.matchAll(/{{(\w+)}}/g) ?? []) {
          if (!(answer as Answer[]).some(({ labels }) => labels[label])) wrong.push(`${label} in ${named}`);
        }
      }
    }
    assert.ok(sent > 80, `only ${sent} queries`);
    return wrong;
  }

  it("every query of every panel returns data, with the labels that its legend shows", async () => {
    assert.deepEqual(await emptyQueries(models), []);
  });

  describe("with many pods", () => {
    const queryOf = async (panel: string, refId: string, pod = ".*") => {
      const [{ json } = { json: "" }] = await dashboards({ ...real.options, manyPods: true });
      const model = JSON.parse(json) as DashboardModel;
      const query = panelQueries(model).find((one) => one.title === panel && one.refId === refId) as Target;
      return filledIn(fillIn(query.expr.replaceAll("$pod", pod).replaceAll("$instance", ".*"), model));
    };

    it("every query of every panel returns data", async () => {
      const all = await dashboards({ ...real.options, manyPods: true });
      assert.deepEqual(await emptyQueries(all.map(({ json }) => JSON.parse(json) as DashboardModel)), []);
    });

    it("panels read sums over all of them, or the series of the chosen pod", async () => {
      const requests = async (pod: string) => {
        const query = await queryOf("Latency in the selected time range", "A", pod);
        const answer = await atNow(real.prometheusUrl, query);
        return answer.find(({ labels }) => labels.le === "+Inf")?.values[0] ?? 0;
      };
      const all = await requests(".*");
      // On a busy machine, some evaluations of the rules are missing.
      assert.ok(all > drawnRequests / 2, `${all} requests`);
      assert.ok((await requests(podLabels.pod)) > drawnRequests / 2);
      assert.equal(await requests("another"), 0);
    });

    it("a panel shows exemplars, of the chosen pod if there is one, and reads no series for them", async () => {
      for (const pod of [".*", podLabels.pod]) {
        const query = await queryOf("Measured and configured", "A", pod);
        assert.ok((await exemplars(real.prometheusUrl, query)).length > 0, query);
        assert.deepEqual(await overLast(real.prometheusUrl, seconds(), query), []);
      }
      assert.deepEqual(
        await exemplars(real.prometheusUrl, await queryOf("Measured and configured", "A", "another")),
        [],
      );
    });
  });

  it("every variable has values", async () => {
    for (const model of models) {
      for (const { name, label, selector } of variableQueries(model)) {
        const values = await labelValues(real.prometheusUrl, label, fillIn(selector, model));
        assert.notEqual(values.length, 0, `${model.title}: ${name}`);
      }
    }
  });

  it("servers outside the cluster, without namespace and pod, are shown", async () => {
    const model = models.find(({ uid }) => uid === "delayed-server") as DashboardModel;
    const inFlight = panelQueries(model).find(({ title }) => title === "In flight and connected") as Target;
    const answer = (await answerOf(inFlight, model)) as Answer[];
    assert.deepEqual(answer.map(({ labels }) => labels.pod).sort(), [podLabels.pod, undefined]);
  });

  it("every alert and every annotation is a valid query without results", async () => {
    for (const { expr } of alertingRules(real.options).groups.flatMap(({ rules }) => rules)) {
      assert.deepEqual(await atNow(real.prometheusUrl, expr), [], expr);
    }
    for (const { expr = "" } of models.flatMap(({ annotations }) => annotations.list)) {
      await overLast(real.prometheusUrl, seconds(), expr);
    }
  });

  it("every recording rule records its series", async () => {
    for (const { record, labels } of recordingRules(real.options).groups.flatMap(({ rules }) => rules)) {
      const matchers = Object.entries(labels ?? {}).map(([label, value]) => `${label}="${value}"`);
      const answer = await atNow(real.prometheusUrl, `${record}{${matchers.join(", ")}}`);
      assert.notEqual(answer.length, 0, `${record} ${matchers}`);
    }
  });

  it("the query of p50, p90 and p99 for Prometheus' own page returns data", async () => {
    for (const query of latencyQueries(real.options)) {
      assert.equal((await atNow(real.prometheusUrl, query)).length, 1, query);
    }
  });

  const readErrors = async (read: typeof measuredQuantiles) => {
    const where = { namespace: podLabels.namespace };
    const answer = await atNow(real.prometheusUrl, filledIn(errorOf(read, where, "$__range")));
    return (quantile: string) =>
      answer.find(({ labels }) => labels.quantile === quantile)?.values[0] ?? Number.NaN;
  };

  it(`quantiles are within 1 % of the real durations of ${drawnRequests} requests`, async (t) => {
    const served = servedQuantiles(real.serverLog, drawnRequests);
    const where = { namespace: podLabels.namespace };
    const answer = await atNow(real.prometheusUrl, filledIn(measuredQuantiles(where, "$__range")));
    for (const quantile of quantiles) {
      const [measured = Number.NaN] = answer.find(({ labels }) => labels.quantile === quantile)?.values ?? [];
      const { duration } = served(Number(quantile));
      // Buckets are narrow up to the longest delay; a busy machine can push the p99 beyond it.
      if (duration > real.options.delays.max / 1000) {
        t.diagnostic(`p${Number(quantile) * 100} is above the longest delay: ${duration} s`);
        continue;
      }
      const off = measured / duration - 1;
      assert.ok(Math.abs(off) < 0.01, `${quantile}: ${off}`);
    }
  });

  it("the ground-truth panel is within 1 % of the configured delays", async (t) => {
    const served = servedQuantiles(real.serverLog, drawnRequests);
    const lag = Math.max(...quantiles.map(Number).map((q) => served(q).duration / served(q).delay - 1));
    if (lag > 0.005) {
      t.skip(`this machine is too busy: requests took ${(lag * 100).toFixed(1)} % longer than their delays`);
      return;
    }
    const error = await readErrors(measuredQuantiles);
    for (const quantile of quantiles) {
      t.diagnostic(`p${Number(quantile) * 100}: ${(error(quantile) * 100).toFixed(2)} % off`);
      assert.ok(Math.abs(error(quantile)) < 0.01, `${quantile} is off by ${error(quantile)}`);
    }
  });

  it("the bad buckets are off by more than 40 %", async () => {
    const error = await readErrors(naiveQuantiles);
    for (const quantile of quantiles) {
      assert.ok(error(quantile) < -0.4, `${quantile} is off by ${error(quantile)}`);
    }
  });

  it("an exemplar's request id and labels find exactly its log line", async () => {
    const query = buckets(metrics.requestDuration, { namespace: podLabels.namespace });
    const found = await exemplars(real.prometheusUrl, query);
    assert.ok(found.length >= 20, `only ${found.length} exemplars`);
    for (const { series, labels, value } of found.slice(-20)) {
      const { namespace, pod, app_kubernetes_io_name: app } = series;
      const streams = `{namespace="${namespace}", pod="${pod}", app="${app}"}`;
      const lines = await logLines(real.lokiUrl, `${streams} |= "${labels.request_id}"`);
      assert.equal(lines.length, 1, `${lines.length} lines of ${labels.request_id}`);
      const line = JSON.parse(lines[0] ?? "");
      assert.equal(line[logFields.route], series.route);
      // The log line has microseconds.
      assert.ok(Math.abs(line[logFields.duration] / 1000 - value) < 1e-6, `${lines[0]} took ${value} s`);
    }
  });
});

/** A series with its values as numbers. */
interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** An instant query to Prometheus. */
async function atNow(prometheusUrl: string, query: string): Promise<Answer[]> {
  return answers(await ask(prometheusUrl, "query", { query }));
}

/** A range query to Prometheus over the last seconds. */
async function overLast(prometheusUrl: string, seconds: number, query: string): Promise<Answer[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - seconds), end: String(end), step: "1" };
  return answers(await ask(prometheusUrl, "query_range", { query, ...range }));
}

/** The values of a label, over the series that a selector matches. */
async function labelValues(prometheusUrl: string, label: string, selector: string): Promise<string[]> {
  return ask(prometheusUrl, `label/${label}/values`, { "match[]": selector });
}

/** Log lines of the last ten minutes. */
async function logLines(lokiUrl: string, query: string, limit = 1000): Promise<string[]> {
  const { result } = await askLoki<{ result: { values: [string, string][] }[] }>(lokiUrl, query, limit);
  return result.flatMap(({ values }) => values.map(([, line]) => line));
}

/** A metric query to Loki over the last ten minutes. */
async function countedLines(lokiUrl: string, query: string): Promise<Answer[]> {
  return answers(await askLoki(lokiUrl, query, 1000));
}

async function askLoki<T>(lokiUrl: string, query: string, limit: number): Promise<T> {
  const now = Date.now();
  const parameters = {
    query,
    limit: String(limit),
    start: `${now - 600_000}000000`,
    end: `${now}000000`,
    step: "1",
  };
  const url = `${lokiUrl}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as { data: T }).data;
}

interface Result {
  result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
}

function answers({ result }: Result): Answer[] {
  return result
    .map(({ metric, value, values }) => ({
      labels: metric,
      values: (values ?? (value === undefined ? [] : [value]))
        .map(([, text]) => Number(text))
        .filter(Number.isFinite),
    }))
    .filter(({ values }) => values.length > 0);
}

/** Quantiles of the random delays and of the durations, in seconds, read exactly from the log. */
function servedQuantiles(
  log: string,
  atLeast: number,
): (quantile: number) => { delay: number; duration: number } {
  const lines = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes(`"${logFields.route}":"${measuredRoutes.drawn}"`))
    .map((line) => JSON.parse(line) as Record<string, number>);
  if (lines.length < atLeast) throw new Error(`only ${lines.length} of ${atLeast} requests are in the log`);
  const sorted = (field: string) => lines.map((line) => line[field] ?? Number.NaN).sort((a, b) => a - b);
  const delays = sorted(logFields.delay);
  const durations = sorted(logFields.duration);
  const at = (values: readonly number[], quantile: number) =>
    (values[Math.ceil(quantile * values.length) - 1] ?? Number.NaN) / 1000;
  return (quantile) => ({ delay: at(delays, quantile), duration: at(durations, quantile) });
}
