import { metrics } from "../../service/src/metrics/definitions.ts";
import type { DashboardOptions } from "../options.ts";
import { counts, series } from "../promql/selector.ts";
import { chosenServers } from "../queries/traffic.ts";
import { labelVariable, lokiVariable, prometheusVariable, textVariable } from "../variables.ts";

const { buildInfo, requestDuration } = metrics;
const { job, namespace, pod, instance } = chosenServers;

/** The dashboard's variables; each one narrows down the next. */
export function serverVariables(options: DashboardOptions) {
  return [
    prometheusVariable(),
    lokiVariable(),
    ...whichServers(options),
    labelVariable<typeof requestDuration>(
      "route",
      counts(requestDuration, { job, namespace, pod, instance }),
      {
        label: "Route",
        description: "Routes, as templates. Only / has random delays.",
        everything: ".*",
      },
    ),
    textVariable("request_id", {
      label: "Request",
      description: "The id of a request, to see only its log line.",
    }),
  ];
}

/** The variables that select the servers. */
export function whichServers({ stack, outside = false }: DashboardOptions) {
  const label = labelVariable<typeof buildInfo>;
  return [
    label("job", series(buildInfo), {
      label: "Job",
      description:
        "How Prometheus found the server: kubernetes-pods in the cluster, httpserver-metrics outside.",
      everything: ".+",
    }),
    label("namespace", series(buildInfo, { job }), {
      label: "Namespace",
      description: "Namespace of the server's pods. Servers outside the cluster have none: All shows them.",
      everything: ".*",
      // Other stacks in the cluster can be selected; servers outside the cluster belong to this one.
      ...(stack === undefined || outside ? {} : { initially: stack.namespace }),
    }),
    label("pod", series(buildInfo, { job, namespace }), {
      label: "Pod",
      description: "Pods of the server. Servers outside the cluster have none: All shows them.",
      everything: ".*",
    }),
    label("instance", series(buildInfo, { job, namespace, pod }), {
      label: "Instance",
      description: "Scraped address and port.",
      everything: ".+",
    }),
  ];
}
