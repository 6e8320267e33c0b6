/**
 * Recommended labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)
 * of all objects that the stack creates in the cluster.
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

/** Checks whether the cluster admits the stack's pods in a namespace. Throws its objections. */
export type Admission = (namespace: string) => Promise<void>;

export interface NamespaceArgs {
  readonly instance: string;
  /** The Pod Security level that the namespace enforces. */
  readonly podSecurity: PodSecurity;
  /** A Pod Security level in these labels overrides `podSecurity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Metadata of one of the stack's namespaces. Checks recognise the namespace by these labels. */
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

/** Labels that identify the stack's own containers, so that cleanup after a killed run touches nothing else. */
export const containerLabels = {
  partOf: "app.kubernetes.io/part-of",
  instance: "app.kubernetes.io/instance",
  project: "latency-lab/project",
} as const;

/** The volume of the setting `keepImages`. */
export function imagesVolume(name: string): string {
  return `${name}-images`;
}
