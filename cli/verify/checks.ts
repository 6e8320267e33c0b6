import type { Check } from "./check.ts";
import {
  dashboardsAreLoaded,
  datasourcesAreHealthy,
  exemplarLeadsToLog,
  logsAreFound,
} from "./grafana-checks.ts";
import { rulesAreLoaded, targetsAreUp } from "./prometheus-checks.ts";
import { histogramGrows, quantilesFit, serverIsReady } from "./server-checks.ts";

/** The exercise, step by step, in the order in which one thing makes the next possible. */
export const checks: readonly Check[] = [
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
