import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { all, type ComponentResource, type Output } from "@pulumi/pulumi";
import { type Cluster, inside } from "./cluster.ts";
import { type Admission, type NamespaceArgs, namespaceMetadata } from "./labels.ts";

/**
 * A namespace of the stack's own: its name, once pods may be made in it. What they may do is
 * enforced by the cluster, and labels let the checks tell it from a namespace of someone else's.
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
