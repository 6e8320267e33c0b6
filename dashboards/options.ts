import type { DelaySettings } from "../service/src/delay/distribution.ts";
import { readDelaySettings } from "../service/src/delay/settings.ts";
import { readEach } from "../service/src/settings/read.ts";
import { type ObjectiveSettings, objectiveSettings } from "./settings.ts";

/** What dashboards, rules and datasources are made from. */
export interface DashboardOptions {
  /** The stack whose servers they speak of. @default every delayed server that Prometheus scrapes */
  readonly stack?: {
    /** Namespace of the server's pods. */
    readonly namespace: string;
    /** Value of the label `app.kubernetes.io/instance`. */
    readonly instance: string;
  };
  /** Whether servers outside the cluster are scraped too, which have no namespace. @default false */
  readonly outside?: boolean;
  /** Seconds between two scrapes, and between two evaluations of a rule. */
  readonly scrapeInterval: number;
  /** What the server draws its delays from; its buckets follow from it. */
  readonly delays: DelaySettings;
  /** Whether the server also measures with badly chosen buckets. */
  readonly naiveBuckets: boolean;
  /** Whether a load generator is scraped. */
  readonly load: boolean;
  /** How the server writes its log. */
  readonly logFormat: "json" | "text";
  /** What the server promises. */
  readonly objectives: ObjectiveSettings;
}

/** What holds when nothing is set. */
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
    objectives: objectives.values,
  };
}
