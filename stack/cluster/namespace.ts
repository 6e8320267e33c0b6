import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { all, type ComponentResource, type Output } from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster.ts";
import { type Admission, type NamespaceArgs, namespaceMetadata } from "./labels.ts";

/**
 * Creates one of the stack's namespaces and returns its name once pods are admitted. The cluster
 * enforces Pod Security, and labels distinguish the namespace from those of others.
 */
export function ownNamespace(
  resource: string,
  args: { cluster: Cluster; name: string; admission?: Admission | undefined } & NamespaceArgs,
  parent: ComponentResource,
): Output<string> {
  const { metadata, id } = new Namespace(
    resource,
    { metadata: namespaceMetadata(args) },
    inside(args.cluster, parent),
  );
  const { admission } = args;
  if (admission === undefined) return metadata.name;
  return all([metadata.name, id]).apply(async ([name]) => {
    await admission(name);
    return name;
  });
}
