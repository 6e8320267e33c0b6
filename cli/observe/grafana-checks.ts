import { dashboardUids } from "../../dashboards/index.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import type { Plan } from "../../stack/plan.ts";
import { exemplars, query } from "../clients/prometheus.ts";
import { storeDelay } from "../clients/queries.ts";
import { within } from "../clients/within.ts";
import { type Check, NotToBeHad, type Subject, sawInstead } from "./check.ts";

export const datasourcesAreHealthy: Check = {
  name: "Grafana's datasources answer",
  look({ grafana }) {
    return within(30, async () => {
      const answered = await Promise.all([
        grafana.query("prometheus", "count(up)", 5),
        // Has a result even if there are no log lines.
        grafana.query("loki", "vector(1)", 5),
      ]);
      const empty = ["Prometheus", "Loki"].filter((_, index) => (answered[index] ?? []).length === 0);
      return empty.length === 0 ? "Prometheus and Loki answer a query" : sawInstead(`no data from ${empty}`);
    });
  },
};

export const dashboardsAreLoaded: Check = {
  name: "the dashboards exist",
  async look({ grafana }) {
    return within(60, async () => {
      const titles = await Promise.all(
        Object.values(dashboardUids).map(async (uid) => {
          const { dashboard } = await grafana.get<{ dashboard: { title: string } }>(
            `/api/dashboards/uid/${uid}`,
          );
          return dashboard.title;
        }),
      );
      return titles.length > 0 ? titles.join(", ") : sawInstead("no dashboard is provisioned");
    });
  },
};

/** Why successful requests, which are logged at level `info`, have no lines in Loki. */
function withoutLines({ server, settings }: Plan): string | undefined {
  if (!settings.nodeAccess) return "nodeAccess=false: without Promtail, nothing sends lines to Loki";
  const { logLevel } = server;
  if (logLevel === "debug" || logLevel === "info") return undefined;
  return `logLevel=${logLevel}: successful requests are not logged at this level`;
}

export const logsAreFound: Check = {
  name: "a request's log line is in Loki",
  doesNotApply: withoutLines,
  async look(subject) {
    const answer = await fetch(`${subject.urls.server}/delay/1ms`);
    const requestId = answer.headers.get("x-request-id") ?? sawInstead("no X-Request-Id in the response");
    return within(30, () => lineOf(subject, requestId));
  },
};

export const exemplarLeadsToLog: Check = {
  name: "an exemplar leads to its log line",
  doesNotApply: withoutLines,
  async look(subject) {
    const seconds = subject.plan.settings.scrapeInterval * 3 + 20 + storeDelay(subject.plan);
    const isFinal = (error: unknown) => error instanceof NotToBeHad;
    return within(seconds, async () => lineOf(subject, await anExemplar(subject)), isFinal);
  },
};

/** The request id in the newest exemplar of the request durations. */
async function anExemplar({ urls, outputs, plan }: Subject): Promise<string> {
  const buckets = `${metrics.requestDuration.name}_bucket{namespace="${outputs.namespaces.server}"}`;
  const [latest] = await exemplars(urls.queries, buckets);
  if (latest?.labels.request_id !== undefined) return latest.labels.request_id;
  if (plan.settings.queryUrl !== undefined) await storeKeepsNone(urls.queries);
  return sawInstead("Prometheus has no exemplar");
}

/** Exemplars that were sent to a store a minute ago and are not there. */
async function storeKeepsNone(queries: string): Promise<void> {
  const [sent] = await query(queries, "sum(prometheus_remote_storage_exemplars_total offset 1m)");
  if (sent === undefined || sent.value === 0) return;
  throw new NotToBeHad(`the store keeps no exemplars: ${sent.value} were sent to it, and it has none`);
}

async function lineOf({ grafana, outputs, plan }: Subject, requestId: string): Promise<string> {
  // The text format has `key=value` pairs.
  const parser = plan.server.logFormat === "text" ? "logfmt" : "json";
  const frames = await grafana.query(
    "loki",
    `{namespace="${outputs.namespaces.server}"} | ${parser} | request_id="${requestId}"`,
  );
  const lines = frames.flatMap(({ data }) => data.values[0] ?? []).length;
  return lines === 1 ? `request ${requestId}: one line` : sawInstead(`request ${requestId}: ${lines} lines`);
}
