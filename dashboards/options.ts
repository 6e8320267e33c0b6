import { readDelaySettings } from "../service/src/delay/settings.ts";
import { readEach } from "../service/src/setting-kinds.ts";
import { type ObjectiveOptions, objectiveSettings } from "./rules/objectives.ts";

/** The programs that can send log lines to Loki, by the names of their charts. */
export type Collector = "promtail" | "opentelemetry-collector";

/** Options of dashboards, rules and data sources. */
export interface DashboardOptions extends ObjectiveOptions {
  /** The stack to show. @default every delayed server that Prometheus scrapes */
  readonly stack?: {
    /** Namespace of the server's pods. */
    readonly namespace: string;
    /** Value of the label `app.kubernetes.io/instance`. */
    readonly instance: string;
  };
  /** Whether servers outside the cluster, which have no namespace, are scraped too. @default false */
  readonly outside?: boolean;
  /** Whether panels read recorded sums over all pods, since reading each pod takes too long. @default false */
  readonly manyPods?: boolean;
  /** Whether the server also has a histogram with badly chosen buckets. */
  readonly naiveBuckets: boolean;
  /** Whether a load generator is scraped. */
  readonly load: boolean;
  /** Format of the server's log. */
  readonly logFormat: "json" | "text";
  /** What a store outside the stack keeps: metrics that an agent sends to it, logs. @default nothing */
  readonly ownStores?: { readonly metrics: boolean; readonly logs: boolean };
  /** What sends log lines to Loki. */
  readonly collector: Collector;
}

/** The options that follow from the default settings. */
export function defaultOptions(): DashboardOptions {
  const delays = readDelaySettings({});
  const objectives = readEach(objectiveSettings, {});
  if (delays.values === undefined || objectives.values === undefined) {
    throw new Error("the defaults of the settings are not allowed by themselves");
  }
  const { distribution, min, max } = delays.values;
  return {
    scrapeInterval: 5,
    delays: { distribution, min, max },
    naiveBuckets: true,
    load: true,
    logFormat: "json",
    collector: "promtail",
    objectives: objectives.values,
  };
}
