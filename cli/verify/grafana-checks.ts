import { dashboardUids } from "../../dashboards/index.ts";
import { type Check, type Subject, sawInstead, within } from "./check.ts";
import { anExemplar } from "./prometheus-checks.ts";

export const datasourcesAreHealthy: Check = {
  name: "Grafana's datasources answer",
  async look({ grafana, outputs }) {
    const answered = await Promise.all([
      grafana.query("prometheus", "count(up)", 5),
      grafana.query("loki", `sum(count_over_time({namespace="${outputs.namespaces.server}"}[1m]))`, 5),
    ]);
    const empty = ["Prometheus", "Loki"].filter((_, index) => (answered[index] ?? []).length === 0);
    return empty.length === 0 ? "Prometheus and Loki, each a query" : sawInstead(`nothing from ${empty}`);
  },
};

export const dashboardsAreLoaded: Check = {
  name: "the dashboards are there",
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

export const logsAreFound: Check = {
  name: "a request's log line is in Loki",
  async look(subject) {
    const answer = await fetch(`${subject.urls.server}/delay/1ms`);
    const requestId = answer.headers.get("x-request-id") ?? sawInstead("no X-Request-Id in the answer");
    return within(30, () => lineOf(subject, requestId));
  },
};

export const exemplarLeadsToLog: Check = {
  name: "an exemplar leads to its log line",
  async look(subject) {
    const { urls, outputs, plan } = subject;
    return within(plan.settings.scrapeInterval * 3 + 20, async () => {
      const requestId = await anExemplar(urls.prometheus, outputs.namespaces.server);
      return lineOf(subject, requestId ?? sawInstead("Prometheus has no exemplar"));
    });
  },
};

async function lineOf({ grafana, outputs }: Subject, requestId: string): Promise<string> {
  const frames = await grafana.query(
    "loki",
    `{namespace="${outputs.namespaces.server}"} | json | request_id="${requestId}"`,
  );
  const lines = frames.flatMap(({ data }) => data.values[0] ?? []).length;
  return lines === 1 ? `request ${requestId}: one line` : sawInstead(`request ${requestId}: ${lines} lines`);
}
