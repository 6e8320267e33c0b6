import { metrics } from "../../service/src/metrics/definitions.ts";
import { ask, exemplars, targetsOf, unknownTargets } from "../clients/prometheus.ts";
import { within } from "../clients/within.ts";
import { type Check, sawInstead } from "./check.ts";

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

export const rulesAreLoaded: Check = {
  name: "rules and alerts are loaded",
  async look({ urls }) {
    interface Group {
      rules: { name: string; type: string; health: string; lastError?: string }[];
    }
    // A rule has no health before its first evaluation, up to a minute after the start.
    return within(90, async () => {
      const { groups } = await ask<{ groups: Group[] }>(urls.prometheus, "rules");
      const rules = groups.flatMap((group) => group.rules);
      const failing = rules.filter(({ health }) => health !== "ok");
      if (failing.length > 0) {
        sawInstead(
          failing.map(({ name, health, lastError }) => `${name}: ${lastError ?? health}`).join("; "),
        );
      }
      const alerts = rules.filter(({ type }) => type === "alerting").length;
      if (alerts === 0) sawInstead("no alerting rule");
      return `${rules.length - alerts} recording rules, ${alerts} alerts, all evaluated`;
    });
  },
};

/** The request id in the newest exemplar of the request durations. */
export async function anExemplar(prometheusUrl: string, namespace: string): Promise<string | undefined> {
  const buckets = `${metrics.requestDuration.name}_bucket{namespace="${namespace}"}`;
  const [latest] = await exemplars(prometheusUrl, buckets);
  return latest?.labels.request_id;
}
