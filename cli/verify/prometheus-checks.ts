import { metrics } from "../../service/src/metrics/definitions.ts";
import { type Check, sawInstead, within } from "./check.ts";

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  return ((await response.json()) as { data: T }).data;
}

export const targetsAreUp: Check = {
  name: "every target is up",
  async look({ urls, outputs }) {
    const { server: serverNamespace, monitoring } = outputs.namespaces;
    // Prometheus scrapes every annotated pod of the cluster; those of others are theirs to mend.
    const ours = ({ labels: { namespace } }: { labels: Record<string, string> }) =>
      namespace === undefined || namespace === serverNamespace || namespace === monitoring;
    return within(30, async () => {
      interface Target {
        labels: Record<string, string>;
        scrapeUrl: string;
        health: string;
        lastError: string;
      }
      const { activeTargets } = await get<{ activeTargets: Target[] }>(
        `${urls.prometheus}/api/v1/targets?state=active`,
      );
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
    // A rule says nothing of itself before its first evaluation, a minute after the start at most.
    return within(90, async () => {
      const { groups } = await get<{ groups: Group[] }>(`${urls.prometheus}/api/v1/rules`);
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

/** An exemplar of the request durations: the request id it names, and when. */
export async function anExemplar(prometheusUrl: string, namespace: string): Promise<string | undefined> {
  const parameters = new URLSearchParams({
    query: `${metrics.requestDuration.name}_bucket{namespace="${namespace}"}`,
    start: String(Date.now() / 1000 - 900),
    end: String(Date.now() / 1000),
  });
  const series = await get<{ exemplars: { labels: Record<string, string>; timestamp: number }[] }[]>(
    `${prometheusUrl}/api/v1/query_exemplars?${parameters}`,
  );
  const [latest] = series.flatMap(({ exemplars }) => exemplars).toSorted((a, b) => b.timestamp - a.timestamp);
  return latest?.labels.request_id;
}
