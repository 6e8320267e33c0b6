import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster.ts";
import { recommendedLabels } from "./labels.ts";

/** Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
type PodSecurity = "restricted" | "baseline" | "privileged";

/**
 * A namespace of the stack's own. What pods in it may do is enforced by the
 * cluster, and its label lets the checks tell it from a namespace of somebody else's.
 */
export function ownNamespace(
  resource: string,
  args: { cluster: Cluster; name: string; instance: string; podSecurity: PodSecurity },
  parent: ComponentResource,
): Namespace {
  return new Namespace(
    resource,
    {
      metadata: {
        name: args.name,
        labels: {
          ...recommendedLabels(args.instance, "latency-lab"),
          "pod-security.kubernetes.io/enforce": args.podSecurity,
        },
      },
    },
    inside(args.cluster, parent),
  );
}
