import type { TargetLabel } from "../promql/metric.ts";
import { type Matchers, matches } from "../promql/selector.ts";

/** Which targets a query speaks of. */
export type Scope = Matchers<TargetLabel>;

/** The servers chosen by the variables of a dashboard. */
export const chosenServers = {
  job: matches("$job"),
  namespace: matches("$namespace"),
  pod: matches("$pod"),
  instance: matches("$instance"),
} satisfies Scope;

/** The targets chosen by the variables of a dashboard about the monitoring. */
export const chosenTargets = { job: matches("$job"), instance: matches("$instance") } satisfies Scope;

/**
 * The servers of one stack: those in the cluster carry its name, those outside
 * of it have no such label. Without a stack, all there are.
 */
export function serversOf(stack: { readonly instance: string } | undefined): Scope {
  // Names of stacks are lower-case letters, digits and `-`: nothing that a pattern could mistake.
  return stack === undefined ? {} : { app_kubernetes_io_instance: matches(`${stack.instance}|`) };
}
