import { change } from "./change/change.ts";
import { footprint } from "./footprint/footprint.ts";
import { growth } from "./growth/growth.ts";
import type { Measurement } from "./measurement.ts";
import { noChange } from "./no-change/no-change.ts";
import { programStart } from "./program-start/program-start.ts";
import { upDownExisting } from "./up-down/existing.ts";
import { upDownLocal } from "./up-down/local.ts";

/** In the order of the table: from what takes no cluster to what takes longest. */
export const measurements: readonly Measurement[] = [
  programStart,
  noChange,
  upDownExisting,
  upDownLocal,
  change,
  footprint,
  growth,
];
