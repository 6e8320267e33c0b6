import type { Provider } from "@pulumi/kubernetes/provider.js";
import type { ComponentResource, CustomResourceOptions, Output, Resource } from "@pulumi/pulumi";

/** The user's machine as containers and pods name it; the same name as in Docker Desktop. */
export const hostName = "host.docker.internal";

/** A cluster to deploy to: local or existing. */
export interface Cluster {
  /** The Kubernetes provider for all resources in the cluster. */
  readonly provider: Provider;
  /** A kubeconfig with one context. Secret: it holds credentials. */
  readonly kubeconfig: Output<string>;
  /** The address at which a browser on the user's machine reaches NodePorts. */
  readonly nodeAddress: Output<string>;
  /** The address at which pods reach the user's machine, if `hostName` does not resolve to it. */
  readonly hostAddress?: string | undefined;
  /** The resource whose deletion deletes the whole cluster: a local cluster's container. */
  readonly deletedWith?: Resource;
}

/**
 * Options of a resource inside the cluster. Resources in a local cluster are deleted with its
 * container; deleting them one by one would take a minute.
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

/** The URL of a host and a port. The host can be an IPv6 address. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
