import type { Part, Resources, Toleration } from "../settings/pods.ts";

/** Metadata and placement of every pod of the stack. */
export interface PodOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** Labels of nodes, in addition to `kubernetes.io/os=linux`. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly priorityClass?: string | undefined;
  /** NAME or NAMESPACE/NAME; the stack's own namespaces use NAME. */
  readonly imagePullSecret?: string | undefined;
  readonly resources: Readonly<Partial<Record<Part, Resources>>>;
}

/** No extra metadata, any Linux node. */
export const anyPods: PodOptions = {
  labels: {},
  annotations: {},
  tolerations: [],
  nodeSelector: {},
  resources: {},
};

/** The node selector of every pod. All images are for Linux, and a cluster can have Windows nodes. */
export function nodeSelector({ nodeSelector }: Pick<PodOptions, "nodeSelector">): Record<string, string> {
  return { "kubernetes.io/os": "linux", ...nodeSelector };
}

/** Name of the image pull Secret in the stack's namespaces. */
export function pullSecretName({ imagePullSecret }: Pick<PodOptions, "imagePullSecret">): string | undefined {
  return imagePullSecret?.split("/").at(-1);
}
