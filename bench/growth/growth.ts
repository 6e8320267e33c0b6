import type { Measurement } from "../measurement.ts";
export const growth: Measurement = {
  name: "growth",
  title: "",
  missing: async () => ["to be written"],
  measure: async () => [],
};
