import type { Plan } from "../../stack/plan.ts";
import { autoscalerMeasures } from "./autoscaler-check.ts";
import type { Check } from "./check.ts";
import {
  dashboardsAreLoaded,
  datasourcesAreHealthy,
  exemplarLeadsToLog,
  logsAreFound,
} from "./grafana-checks.ts";
import { rulesAreLoaded, targetsAreUp } from "./prometheus-checks.ts";
import { histogramGrows, quantilesFit, serverIsReady } from "./server-checks.ts";

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
