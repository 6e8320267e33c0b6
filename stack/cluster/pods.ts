import type { Part, Resources, Toleration } from "../settings/pods.ts";

/** What pods carry and where they may run: the same for every pod of the stack. */
export interface PodOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** Labels of nodes, beside `kubernetes.io/os=linux`. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly priorityClass?: string | undefined;
  /** NAME or NAMESPACE/NAME; in the stack's own namespaces it is NAME. */
  readonly imagePullSecret?: string | undefined;
  readonly resources: Readonly<Partial<Record<Part, Resources>>>;
}

/** Pods that carry nothing, on any Linux node. */
export const anyPods: PodOptions = {
  labels: {},
  annotations: {},
  tolerations: [],
  nodeSelector: {},
  resources: {},
};

/** Labels of the nodes that pods run on: every image is one for Linux, and a cluster can have Windows nodes. */
export function nodeSelector({ nodeSelector }: Pick<PodOptions, "nodeSelector">): Record<string, string> {
  return { "kubernetes.io/os": "linux", ...nodeSelector };
}

/** Name of the Secret in the stack's own namespaces that images are pulled with. */
export function pullSecretName({ imagePullSecret }: Pick<PodOptions, "imagePullSecret">): string | undefined {
  return imagePullSecret?.split("/").at(-1);
}
