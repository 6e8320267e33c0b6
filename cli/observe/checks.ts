import type { Plan } from "../../stack/plan.ts";
import { within } from "../clients/within.ts";
import { watchOf } from "../watch/watch.ts";
import { type Check, sawInstead } from "./check.ts";
import {
  dashboardsAreLoaded,
  datasourcesAreHealthy,
  exemplarLeadsToLog,
  logsAreFound,
} from "./grafana-checks.ts";
import {
  histogramGrows,
  quantilesFit,
  rulesAreLoaded,
  serverIsReady,
  targetsAreUp,
} from "./metrics-checks.ts";

/** Without a metrics API, an autoscaler does nothing and reports it only in its conditions. */
const autoscalerMeasures: Check = {
  name: "the autoscaler gets the pods' metrics",
  look({ outputs, plan }) {
    // The first metrics of a pod appear a minute after its start.
    return within(90, async () => {
      const waits = await watchOf(outputs.kubeconfig, plan).look();
      const blind = waits.find(({ state }) => state === "scaling");
      return blind ? sawInstead(`${blind.reason}: ${blind.message}`) : "its metrics are available";
    });
  },
};

/** The exercise step by step, in order of dependency. */
const checks: readonly Check[] = [
  serverIsReady,
  targetsAreUp,
  histogramGrows,
  quantilesFit,
  datasourcesAreHealthy,
  dashboardsAreLoaded,
  logsAreFound,
  exemplarLeadsToLog,
  rulesAreLoaded,
];

/** The checks for a stack with these settings. */
export function checksFor({ settings }: Plan): readonly Check[] {
  return settings.maxReplicas === undefined ? checks : [...checks, autoscalerMeasures];
}
