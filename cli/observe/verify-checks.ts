// What `npm run verify` checks on a running stack.
import { alertingRules, dashboardUids, recordingRules } from "../../dashboards/index.ts";
import { kept } from "../../dashboards/queries.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { histogramShare, observations } from "../../service/src/metrics/quantile.ts";
import { measuredRoutes } from "../../service/src/route-names.ts";
import { dashboardOptions } from "../../stack/monitoring/options.ts";
import type { Plan } from "../../stack/plan.ts";
import { eventually } from "../clients/eventually.ts";
import * as prometheus from "../clients/prometheus.ts";
import type { Connected } from "../clients/reach.ts";
import { Watch } from "./watch.ts";

/** One condition of the exercise that must hold on the running stack. */
interface Check {
  /** A statement, such as "the targets are up". */
  readonly name: string;
  /** Why it does not apply to a stack with these settings; undefined if it does. */
  doesNotApply?(plan: Plan): string | undefined;
  /** Returns a description of what it found. Throws if the condition does not hold. */
  look(subject: Connected): Promise<string>;
}

/** Something that this stack cannot have: the check does not apply. */
export class NotAvailable extends Error {}

/** Fails a check with a description of what was found. */
function sawInstead(what: string): never {
  throw new Error(what);
}

const duration = metrics.requestDuration.name;

/** Number of requests for the check of the histogram. */
const requests = 20;

/** The checks for a stack with these settings, in order of dependency. */
export function checksFor({ settings }: Plan): readonly Check[] {
  return settings.maxReplicas === undefined ? checks : [...checks, autoscalerMeasures];
}

const checks: readonly Check[] = [
  {
    name: "the server is ready",
    look: ({ urls }) =>
      eventually(async () => {
        const answer = await fetch(`${urls.server}/readyz`, { signal: AbortSignal.timeout(5000) });
        if (!answer.ok) sawInstead(`status ${answer.status}`);
        return `${urls.server}/readyz returned ${answer.status}`;
      }, 30),
  },
  {
    name: "every target is up",
    async look({ urls, outputs, plan }) {
      const { server: serverNamespace, monitoring } = outputs.namespaces;
      // Prometheus also scrapes annotated pods of others, whose failures do not matter here.
      const ours = ({ labels: { namespace } }: { labels: Record<string, string> }) =>
        namespace === undefined || namespace === serverNamespace || namespace === monitoring;
      return eventually(async () => {
        const activeTargets = await prometheus.targetsOf(plan, urls);
        const unknown = prometheus.unknownTargets(activeTargets, plan.settings.scrapeTargets);
        if (unknown.length > 0) sawInstead(`not in Prometheus yet: ${unknown.join(", ")}`);
        const targets = activeTargets.filter(ours);
        const down = targets.filter(({ health }) => health !== "up");
        if (down.length > 0) {
          sawInstead(down.map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`).join("; "));
        }
        const server = targets.filter(({ labels }) => labels.namespace === serverNamespace);
        if (server.length === 0) sawInstead("none of them is the delayed server");
        return `${targets.length} up, ${server.length} of them the delayed server`;
      }, 30 + prometheus.storeDelay(plan.settings));
    },
  },
  {
    name: "the histogram counts requests",
    async look(subject) {
      const before = await counts(subject);
      const url = `${subject.urls.server}/delay/1ms`;
      await Promise.all(Array.from({ length: requests }, async () => (await fetch(url)).text()));
      const seconds =
        subject.plan.settings.scrapeInterval * 3 + 10 + prometheus.storeDelay(subject.plan.settings);
      const grown = await eventually(async () => {
        // Per pod: a pod that a rollout removed takes its count with it.
        const now = await counts(subject);
        const more = [...now].reduce((sum, [pod, count]) => sum + count - (before.get(pod) ?? 0), 0);
        return more >= requests ? more : sawInstead(`${more} counted of ${requests} sent`);
      }, seconds);
      return `${grown} counted after ${requests} were sent`;
    },
  },
  // Compares the measured share of requests below each configured quantile q with q. The standard error
  // of a share of n requests is √(q(1−q)/n) for any distribution; the tolerance is four times that, plus
  // 0.02 for the width of the buckets. Each pod has its own delays and buckets, which a rollout may change.
  {
    name: "the quantiles are those of the configured delay",
    async look({ urls, outputs }) {
      const labels = `namespace="${outputs.namespaces.server}"`;
      const drawn = `{${labels},route="${measuredRoutes.drawn}"}`;
      const [truths, buckets] = await Promise.all([
        prometheus.query(urls.queries, `max by (pod, quantile) (${metrics.configuredDelay.name}{${labels}})`),
        prometheus.query(urls.queries, `sum by (pod, le) (${duration}_bucket${drawn})`),
      ]);
      const ofPods = [...Map.groupBy(buckets, ({ metric }) => metric.pod)].map(([pod, own]) => {
        const bounds = prometheus.bucketsIn(own);
        return { pod, bounds, requests: observations(bounds) };
      });
      const all = ofPods.reduce((sum, pod) => sum + pod.requests, 0);
      if (all < 5) return `only ${all} requests so far: too few to compare`;
      const shareOf = (quantile: readonly prometheus.Sample[]) =>
        ofPods.reduce((sum, { pod, bounds, requests }) => {
          const truth = quantile.find(({ metric }) => metric.pod === pod);
          return truth === undefined ? sum : sum + (requests / all) * histogramShare(bounds, truth.value);
        }, 0);
      const seen = [...Map.groupBy(truths, ({ metric }) => Number(metric.quantile))]
        .map(([q, quantile]) => ({ q, share: shareOf(quantile) }))
        .toSorted((a, b) => a.q - b.q);
      const shares = seen.map(({ q, share }) => `${(share * 100).toFixed(1)} % at most p${q * 100}`);
      const shown = `of ${all} requests, ${shares.join(", ")}`;
      const wrong = seen.filter(
        ({ q, share }) => Math.abs(share - q) > 4 * Math.sqrt((q * (1 - q)) / all) + 0.02,
      );
      return wrong.length === 0 && seen.length > 0 ? shown : sawInstead(shown);
    },
  },
  {
    name: "Grafana's datasources answer",
    look: ({ grafana }) =>
      eventually(async () => {
        const answered = await Promise.all([
          grafana.query("prometheus", "count(up)", 5),
          // Has a result even if there are no log lines.
          grafana.query("loki", "vector(1)", 5),
        ]);
        const empty = ["Prometheus", "Loki"].filter((_, index) => (answered[index] ?? []).length === 0);
        if (empty.length > 0) sawInstead(`no data from ${empty}`);
        return "Prometheus and Loki answer a query";
      }, 30),
  },
  {
    name: "the dashboards exist",
    look: ({ grafana }) =>
      eventually(async () => {
        const titles = Object.values(dashboardUids).map(async (uid) => {
          const path = `/api/dashboards/uid/${uid}`;
          return (await grafana.get<{ dashboard: { title: string } }>(path)).dashboard.title;
        });
        return (await Promise.all(titles)).join(", ");
      }, 60),
  },
  {
    name: "a request's log line is in Loki",
    doesNotApply: withoutLines,
    async look(subject) {
      const answer = await fetch(`${subject.urls.server}/delay/1ms`);
      const requestId = answer.headers.get("x-request-id") ?? sawInstead("no X-Request-Id in the response");
      return eventually(() => lineOf(subject, requestId), 30);
    },
  },
  {
    name: "an exemplar leads to its log line",
    doesNotApply: withoutLines,
    async look(subject) {
      const seconds =
        subject.plan.settings.scrapeInterval * 3 + 20 + prometheus.storeDelay(subject.plan.settings);
      const isFinal = (error: unknown) => error instanceof NotAvailable;
      return eventually(async () => lineOf(subject, await anExemplar(subject)), seconds, isFinal);
    },
  },
  {
    name: "rules and alerts are loaded",
    async look({ urls, plan }) {
      const options = dashboardOptions(plan);
      const own = [...recordingRules(options).groups, ...alertingRules(options).groups].map(
        ({ name }) => name,
      );
      // A rule has no health before its first evaluation, up to a minute after the start.
      return eventually(async () => {
        const { groups = [] } = await prometheus.ask<{ groups?: RuleGroup[] }>(urls.queries, "rules");
        const rules = groups.filter(({ name }) => own.includes(name)).flatMap((group) => group.rules);
        const failing = rules.filter(({ health }) => health !== "ok");
        const whys = failing.map(({ name, health, lastError }) => `${name}: ${lastError ?? health}`);
        if (whys.length > 0) sawInstead(whys.join("; "));
        const alerts = rules.filter(({ type }) => type === "alerting").length;
        if (alerts > 0) return `${rules.length - alerts} recording rules, ${alerts} alerts, all evaluated`;
        return plan.settings.queryUrl === undefined
          ? sawInstead("no alerting rule")
          : recordedIn(urls.queries);
      }, 90);
    },
  },
];

/** Without a metrics API, an autoscaler does nothing and reports it only in its conditions. */
const autoscalerMeasures: Check = {
  name: "the autoscaler gets the pods' metrics",
  // The first metrics of a pod appear a minute after its start.
  look: ({ outputs, plan }) =>
    eventually(async () => {
      const waits = await new Watch(outputs.kubeconfig, plan).look();
      const blind = waits.find(({ state }) => state === "scaling");
      return blind ? sawInstead(`${blind.reason}: ${blind.message}`) : "its metrics are available";
    }, 90),
};

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly { name: string; type: string; health: string; lastError?: string }[];
}

async function counts({ urls, outputs }: Connected): Promise<Map<string, number>> {
  const labels = `namespace="${outputs.namespaces.server}",route="${measuredRoutes.asked}"`;
  const samples = await prometheus.query(urls.queries, `sum by (pod) (${duration}_count{${labels}})`);
  return new Map(samples.map(({ metric, value }) => [metric.pod ?? "", value]));
}

/** The query API of a store need not know the rules of its ruler. */
async function recordedIn(queries: string): Promise<string> {
  const recorded = await prometheus.query(queries, kept.requests.name);
  if (recorded.length > 0) return "the store does not list rules, but has their recorded series";
  return sawInstead(
    "no series of the recording rules; npm run dashboards writes the rules for the store's ruler",
  );
}

/** Why successful requests, which are logged at level `info`, have no lines in Loki. */
function withoutLines({ server, settings }: Plan): string | undefined {
  if (!settings.nodeAccess) return "nodeAccess=false: without Promtail, nothing sends lines to Loki";
  const { logLevel } = server;
  if (logLevel === "debug" || logLevel === "info") return undefined;
  return `logLevel=${logLevel}: successful requests are not logged at this level`;
}

/** The request id in the newest exemplar of the request durations. */
async function anExemplar({ urls, outputs, plan }: Connected): Promise<string> {
  const buckets = `${metrics.requestDuration.name}_bucket{namespace="${outputs.namespaces.server}"}`;
  const [latest] = await prometheus.exemplars(urls.queries, buckets);
  if (latest?.labels.request_id !== undefined) return latest.labels.request_id;
  if (plan.settings.queryUrl !== undefined) await storeKeepsNone(urls.queries);
  return sawInstead("Prometheus has no exemplar");
}

/** Exemplars that were sent to a store a minute ago and are not there. */
async function storeKeepsNone(queries: string): Promise<void> {
  const [sent] = await prometheus.query(queries, "sum(prometheus_remote_storage_exemplars_total offset 1m)");
  if (sent === undefined || sent.value === 0) return;
  throw new NotAvailable(`the store keeps no exemplars: ${sent.value} were sent to it, and it has none`);
}

async function lineOf({ grafana, outputs, plan }: Connected, requestId: string): Promise<string> {
  // The text format has `key=value` pairs.
  const parser = plan.server.logFormat === "text" ? "logfmt" : "json";
  const frames = await grafana.query(
    "loki",
    `{namespace="${outputs.namespaces.server}"} | ${parser} | request_id="${requestId}"`,
  );
  const lines = frames.flatMap(({ data }) => data.values[0] ?? []).length;
  return lines === 1 ? `request ${requestId}: one line` : sawInstead(`request ${requestId}: ${lines} lines`);
}
