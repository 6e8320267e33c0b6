import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster.ts";
import { recommendedLabels } from "./labels.ts";

/** Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
type PodSecurity = "restricted" | "baseline" | "privileged";

export interface NamespaceArgs {
  readonly instance: string;
  /** The level that pods in it are held to. */
  readonly podSecurity: PodSecurity;
  /** A level of Pod Security in them replaces `podSecurity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Labels and annotations of a namespace of the stack's own, which checks recognise it by. */
export function namespaceMetadata({
  name,
  instance,
  podSecurity,
  labels,
  annotations,
}: NamespaceArgs & { name: string }) {
  return {
    name,
    labels: {
      "pod-security.kubernetes.io/enforce": podSecurity,
      ...labels,
      ...recommendedLabels(instance, "latency-lab"),
    },
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

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
