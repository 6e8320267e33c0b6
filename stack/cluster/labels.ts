/**
 * Recommended labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)
 * of everything that the stack itself puts into the cluster.
 */
export function recommendedLabels(instance: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": component,
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/part-of": "latency-lab",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
type PodSecurity = "restricted" | "baseline" | "privileged";

/** Asks the cluster about the pods of a namespace of the stack; throws what it says against them. */
export type Admission = (namespace: string) => Promise<void>;

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
