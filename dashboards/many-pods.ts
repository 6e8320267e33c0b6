// With many pods, the sum over all of them is recorded once per interval, and panels read that instead of
// thousands of series.
import { metrics } from "../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "./options.ts";
import { promDuration } from "./queries.ts";
import type { RecordingRule } from "./rules/alerting.ts";

/** The series to sum over pods, and the labels that panels still need. */
const summed: Readonly<Record<string, string>> = {
  [`${metrics.requestDuration.name}_bucket`]: "job, namespace, route, le",
  [`${metrics.requestDuration.name}_count`]: "job, namespace, route, status",
  [`${metrics.naiveRequestDuration.name}_bucket`]: "job, namespace, route, le",
  [`${metrics.executionLatency.name}_sum`]: "job, namespace, step",
  [`${metrics.executionLatency.name}_count`]: "job, namespace, step",
  [metrics.requests.name]: "job, namespace, route, status",
  [metrics.aborted.name]: "job, namespace, route",
};

const recorded = (name: string) => `all_pods:${name}:rate`;

/** A rate needs two scrapes; with four, one may fail. */
const scrapesInRate = 4;

/** Records the sums. */
export function sumsOverPods({ scrapeInterval }: DashboardOptions): RecordingRule[] {
  const over = promDuration(scrapesInRate * scrapeInterval);
  return Object.entries(summed).map(([name, labels]) => ({
    record: recorded(name),
    expr: `sum by (${labels}) (rate(${name}[${over}]))`,
  }));
}

const wholeQuery = new RegExp(
  String.raw`\b(rate|increase)\((${Object.keys(summed).join("|")})\{([^}]*)\}\[([^\]]+)\]\)`,
  "g",
);

/**
 * Changes a panel's query so that it reads the recorded sums if all pods and instances are selected, and
 * otherwise the pods' own series, which alone have exemplars. PromQL has no condition, but a matcher of a
 * label that no series has compares with the empty text: the pattern `.*` of All matches it, and a pod's
 * name does not.
 */
export function withSums(query: string, { scrapeInterval }: DashboardOptions): string {
  return query.replaceAll(
    wholeQuery,
    (all: string, kind: string, name: string, where: string, over: string) => {
      const matchers = where.split(", ");
      if (!matchers.includes(`pod=~"$pod"`)) return all;
      const others = matchers.filter((one) => !/^(pod|instance)=/.test(one)).join(", ");
      const sums = `${recorded(name)}{${others}, none=~"$pod$instance"}[${over}]`;
      const fromSums =
        kind === "rate" ? `avg_over_time(${sums})` : `sum_over_time(${sums}) * ${scrapeInterval}`;
      return `(${fromSums} or ${kind}(${name}{${where}, none!~"$pod$instance"}[${over}]))`;
    },
  );
}
