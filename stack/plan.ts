import { type Names, names, type Ports, ports } from "./settings/names.ts";
import type { Configuration } from "./settings/read.ts";

/** The configuration, and what is derived from it and from the stack's name. */
export interface Plan extends Configuration {
  /** Name of the stack, without organization and project. */
  readonly stack: string;
  readonly names: Names;
  readonly ports: Ports;
  /** The project's folder. Relative paths in settings start there. */
  readonly root: string;
}

export function makePlan(configuration: Configuration, stack: string, root: string): Plan {
  const { settings } = configuration;
  return { ...configuration, stack, names: names(settings, stack), ports: ports(settings, stack), root };
}
