import type { Measurement } from "../measurement.ts";
export const footprint: Measurement = {
  name: "footprint",
  title: "",
  missing: async () => ["to be written"],
  measure: async () => [],
};
