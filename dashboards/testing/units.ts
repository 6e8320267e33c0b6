import * as units from "@grafana/grafana-foundation-sdk/units";

/** Every unit that Grafana has. */
export const knownUnits: ReadonlySet<unknown> = new Set<unknown>(Object.values(units));
