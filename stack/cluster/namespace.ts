import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster.ts";
import { type NamespaceArgs, namespaceMetadata } from "./labels.ts";

/**
 * A namespace of the stack's own. What pods in it may do is enforced by the
 * cluster, and its label lets the checks tell it from a namespace of somebody else's.
 */
export function ownNamespace(
  resource: string,
  args: { cluster: Cluster; name: string } & NamespaceArgs,
  parent: ComponentResource,
): Namespace {
  return new Namespace(
    resource,
    {
      metadata: namespaceMetadata(args),
    },
    inside(args.cluster, parent),
  );
}
