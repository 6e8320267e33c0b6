import { Command, Option } from "commander";
import { type IncidentKind, incidentKinds } from "../incident/plan.ts";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";

export interface IncidentOptions extends CommonOptions {
  readonly kind: IncidentKind;
  readonly duration?: string;
  readonly rate?: string;
}

export const incident = () =>
  new Command("incident")
    .description("make errors or latency rise for a while, and say when the alert fires and when it ends")
    .addOption(
      new Option("-k, --kind <kind>", "what goes wrong: requests fail, or requests are slow")
        .choices(incidentKinds)
        .default("errors"),
    )
    .option("--duration <duration>", "how long, such as 90s or 5m (default: long enough for the alert)")
    .option("--rate <number>", "requests a second (default: five times those of the last minutes)")
    .addOption(stackOption())
    .addOption(jsonOption())
    .action(
      exitsWith<IncidentOptions>(async (options) => (await import("../runs/incident.ts")).incident(options)),
    );
