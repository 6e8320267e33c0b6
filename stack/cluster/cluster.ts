import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { type Admission, type NamespaceArgs, namespaceMetadata } from "../plan.ts";
import { withSharedLogin } from "./exec-plugin.ts";

/** A cluster to deploy to: local or existing. */
export interface Cluster {
  /** The Kubernetes provider for all resources in the cluster. */
  readonly provider: Provider;
  /** A kubeconfig with one context. Secret: it holds credentials. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The address at which a browser on the user's machine reaches NodePorts. */
  readonly nodeAddress: pulumi.Output<string>;
  /** The address at which pods reach the user's machine, if `hostName` (plan.ts) does not resolve to it. */
  readonly hostAddress?: string | undefined;
  /** The resource whose deletion deletes the whole cluster: a local cluster's container. */
  readonly deletedWith?: pulumi.Resource;
}

export interface ExistingClusterArgs {
  /** A kubeconfig with the one context to use. */
  readonly kubeconfig: string;
  /** Address at which a browser reaches the NodePorts. */
  readonly nodeAddress: string;
  /** Adopts the stack's objects that a killed run created but did not record in the state. @default false */
  readonly adopt?: boolean;
}

/** A cluster that the stack did not create. Nothing outside of the stack's namespaces and roles is changed. */
export class ExistingCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly kubeconfig: pulumi.Output<string>;
  readonly nodeAddress: pulumi.Output<string>;

  constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:cluster:ExistingCluster", name, {}, opts);
    this.kubeconfig = pulumi.secret(args.kubeconfig);
    this.nodeAddress = pulumi.output(args.nodeAddress);
    this.provider = new Provider(
      "existing-kubernetes",
      {
        kubeconfig: pulumi.secret(withSharedLogin(args.kubeconfig)),
        // Overwrite manual changes instead of failing with a conflict.
        enablePatchForce: true,
        ...(args.adopt ? { upsertExistingObjects: true } : {}),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/**
 * Options of a resource inside the cluster. Resources in a local cluster are deleted with its
 * container; deleting them one by one would take a minute.
 */
export function inside(
  { provider, deletedWith }: Cluster,
  parent: pulumi.ComponentResource,
): pulumi.CustomResourceOptions {
  return { parent, provider, ...(deletedWith ? { deletedWith } : {}) };
}

/**
 * Creates one of the stack's namespaces and returns its name once pods are admitted. The cluster
 * enforces Pod Security, and labels distinguish the namespace from those of others.
 */
export function ownNamespace(
  resource: string,
  args: { cluster: Cluster; name: string; admission?: Admission | undefined } & NamespaceArgs,
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  const { metadata, id } = new Namespace(
    resource,
    { metadata: namespaceMetadata(args) },
    inside(args.cluster, parent),
  );
  const { admission } = args;
  if (admission === undefined) return metadata.name;
  return pulumi.all([metadata.name, id]).apply(async ([name]) => {
    await admission(name);
    return name;
  });
}

/** The URL of a host and a port. The host can be an IPv6 address. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A Secret for pulling images. */
export interface PullSecret {
  readonly name: string;
  readonly type: string;
  /** In base64. */
  readonly data: Readonly<Record<string, string>>;
}

/** Copies the Secret into one of the stack's namespaces: pods can't use Secrets of other namespaces. */
export function copiedPullSecret(
  resource: string,
  place: { readonly namespace: pulumi.Input<string>; readonly labels: Record<string, string> },
  { name, type, data }: PullSecret,
  options: pulumi.CustomResourceOptions,
): Secret {
  return new Secret(
    resource,
    { metadata: { ...place, name }, type, data: pulumi.secret({ ...data }) },
    options,
  );
}

/** A login for a registry. */
export interface RegistryLogin {
  /** Host and optional port. */
  readonly server: string;
  readonly username: string;
  readonly password: pulumi.Input<string>;
}

/** The Secret for pulling from a registry that requires a login. */
export function registryPullSecret(
  metadata: { readonly namespace: pulumi.Input<string>; readonly labels: Record<string, string> },
  { server, username, password }: RegistryLogin,
  options: pulumi.CustomResourceOptions,
): Secret {
  return new Secret(
    "delayed-server-registry",
    {
      metadata: { ...metadata, name: "delayed-server-registry" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: {
        ".dockerconfigjson": pulumi.all([password]).apply(([secret]) => {
          const auth = Buffer.from(`${username}:${secret}`).toString("base64");
          return JSON.stringify({ auths: { [server]: { username, password: secret, auth } } });
        }),
      },
    },
    options,
  );
}
