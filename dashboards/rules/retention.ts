import type { DashboardOptions } from "../options.ts";
import { objectivesOf } from "./objectives.ts";

/** A week to look back at. */
const least = 7;

/** For how many days Prometheus must keep its series, so that an error budget's whole period is known. */
export function retentionDays({ objectives, delays, scrapeInterval }: DashboardOptions): number {
  const { periodSeconds } = objectivesOf(objectives, delays, scrapeInterval);
  return Math.max(least, Math.ceil(periodSeconds / 86_400) + 1);
}
