import type { Provider } from "@pulumi/kubernetes/provider.js";
import type { ComponentResource, CustomResourceOptions, Output, Resource } from "@pulumi/pulumi";

/** What containers and pods call the machine that they run on, as Docker Desktop does. */
export const hostName = "host.docker.internal";

/** A place to deploy to, whichever kind it is. */
export interface Cluster {
  /** The Kubernetes provider for everything inside. */
  readonly provider: Provider;
  /** A kubeconfig with one context. Secret: it holds credentials. */
  readonly kubeconfig: Output<string>;
  /** The address at which a browser on the user's machine reaches NodePorts. */
  readonly nodeAddress: Output<string>;
  /** The address at which pods reach the user's machine, where its name alone does not lead there. */
  readonly hostAddress?: string | undefined;
  /** What takes the whole cluster with it when it is deleted: a local cluster's container. */
  readonly deletedWith?: Resource;
}

/**
 * Options of a resource inside the cluster. What dies with a local cluster's
 * container need not be deleted piece by piece first, which would take a minute.
 */
export function inside(
  cluster: Cluster,
  parent: ComponentResource,
  more: CustomResourceOptions = {},
): CustomResourceOptions {
  return {
    parent,
    provider: cluster.provider,
    ...(cluster.deletedWith ? { deletedWith: cluster.deletedWith } : {}),
    ...more,
  };
}
