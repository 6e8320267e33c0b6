import { alertingRules, recordingRules } from "../../dashboards/index.ts";
import { kept } from "../../dashboards/queries.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { measuredRoutes } from "../../service/src/routes.ts";
import { dashboardOptions } from "../../stack/monitoring/options.ts";
import { ask, query, targetsOf, unknownTargets } from "../clients/prometheus.ts";
import { storeDelay } from "../clients/queries.ts";
import { within } from "../clients/within.ts";
import { type Check, type Subject, sawInstead } from "./check.ts";
import { bucketsOf, shareBelow, total } from "./distribution.ts";

const duration = metrics.requestDuration.name;

/** Number of requests for the check of the histogram. */
const requests = 20;

export const serverIsReady: Check = {
  name: "the server is ready",
  async look({ urls }) {
    return within(30, async () => {
      const answer = await fetch(`${urls.server}/readyz`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) sawInstead(`status ${answer.status}`);
      return `${urls.server}/readyz answers ${answer.status}`;
    });
  },
};

export const targetsAreUp: Check = {
  name: "every target is up",
  async look({ urls, outputs, plan }) {
    const { server: serverNamespace, monitoring } = outputs.namespaces;
    // Prometheus also scrapes annotated pods of others, whose failures do not matter here.
    const ours = ({ labels: { namespace } }: { labels: Record<string, string> }) =>
      namespace === undefined || namespace === serverNamespace || namespace === monitoring;
    return within(30, async () => {
      const activeTargets = await targetsOf(urls.prometheus);
      const unknown = unknownTargets(activeTargets, plan.settings.scrapeTargets);
      if (unknown.length > 0) sawInstead(`not in Prometheus yet: ${unknown.join(", ")}`);
      const targets = activeTargets.filter(ours);
      const down = targets.filter(({ health }) => health !== "up");
      if (down.length > 0) {
        sawInstead(down.map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`).join("; "));
      }
      const server = targets.filter(({ labels }) => labels.namespace === serverNamespace);
      if (server.length === 0) sawInstead("none of them is the delayed server");
      return `${targets.length} up, ${server.length} of them the delayed server`;
    });
  },
};

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly { name: string; type: string; health: string; lastError?: string }[];
}

export const rulesAreLoaded: Check = {
  name: "rules and alerts are loaded",
  async look({ urls, plan }) {
    const options = dashboardOptions(plan);
    const own = [...recordingRules(options).groups, ...alertingRules(options).groups].map(({ name }) => name);
    // A rule has no health before its first evaluation, up to a minute after the start.
    return within(90, async () => {
      const { groups = [] } = await ask<{ groups?: RuleGroup[] }>(urls.queries, "rules");
      const rules = groups.filter(({ name }) => own.includes(name)).flatMap((group) => group.rules);
      const failing = rules.filter(({ health }) => health !== "ok");
      if (failing.length > 0) {
        sawInstead(
          failing.map(({ name, health, lastError }) => `${name}: ${lastError ?? health}`).join("; "),
        );
      }
      const alerts = rules.filter(({ type }) => type === "alerting").length;
      if (alerts > 0) return `${rules.length - alerts} recording rules, ${alerts} alerts, all evaluated`;
      return plan.settings.queryUrl === undefined ? sawInstead("no alerting rule") : recordedIn(urls.queries);
    });
  },
};

/** The query API of a store need not know the rules of its ruler. */
async function recordedIn(queries: string): Promise<string> {
  const recorded = await query(queries, kept.requests.name);
  if (recorded.length > 0) return "the store does not list rules, but has their recorded series";
  return sawInstead(
    "no series of the recording rules; npm run dashboards writes the rules for the store's ruler",
  );
}

export const histogramGrows: Check = {
  name: "the histogram counts requests",
  async look(subject) {
    const before = await counts(subject);
    const url = `${subject.urls.server}/delay/1ms`;
    await Promise.all(Array.from({ length: requests }, async () => (await fetch(url)).text()));
    const seconds = subject.plan.settings.scrapeInterval * 3 + 10 + storeDelay(subject.plan);
    const grown = await within(seconds, async () => {
      // Per pod: a pod that a rollout removed takes its count with it.
      const now = await counts(subject);
      const more = [...now].reduce((sum, [pod, count]) => sum + count - (before.get(pod) ?? 0), 0);
      return more >= requests ? more : sawInstead(`${more} counted of ${requests} sent`);
    });
    return `${grown} counted after ${requests} were sent`;
  },
};

async function counts({ urls, outputs }: Subject): Promise<Map<string, number>> {
  const labels = `namespace="${outputs.namespaces.server}",route="${measuredRoutes.asked}"`;
  const samples = await query(urls.queries, `sum by (pod) (${duration}_count{${labels}})`);
  return new Map(samples.map(({ metric, value }) => [metric.pod ?? "", value]));
}

/**
 * Compares the measured share of requests below each configured quantile q with q. The standard
 * error of a share of n requests is √(q(1−q)/n) for any distribution; the tolerance is four times
 * that, plus 0.02 for the width of the buckets.
 */
export const quantilesFit: Check = {
  name: "the quantiles are those of the configured delay",
  async look({ urls, outputs }) {
    const labels = `namespace="${outputs.namespaces.server}"`;
    const drawn = `{${labels},route="${measuredRoutes.drawn}"}`;
    const [truths, buckets] = await Promise.all([
      query(urls.queries, `max by (quantile) (${metrics.configuredDelay.name}{${labels}})`),
      query(urls.queries, `sum by (le) (${duration}_bucket${drawn})`),
    ]);
    const bounds = bucketsOf(buckets);
    const all = total(bounds);
    if (all < 5) return `only ${all} requests so far: too few to compare`;
    const seen = truths
      .map(({ metric, value }) => ({ q: Number(metric.quantile), truth: value }))
      .toSorted((a, b) => a.q - b.q)
      .map(({ q, truth }) => ({ q, truth, share: shareBelow(bounds, truth) }));
    const shares = seen.map(({ q, share }) => `${(share * 100).toFixed(1)} % at most p${q * 100}`);
    const shown = `of ${all} requests, ${shares.join(", ")}`;
    const wrong = seen.filter(
      ({ q, share }) => Math.abs(share - q) > 4 * Math.sqrt((q * (1 - q)) / all) + 0.02,
    );
    return wrong.length === 0 && seen.length > 0 ? shown : sawInstead(shown);
  },
};
