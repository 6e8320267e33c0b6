import type { V1Namespace } from "@kubernetes/client-node";
import { hopelessSeconds, slowSeconds, type Wait } from "./wait.ts";

/** Conditions that block the deletion of a namespace, causes before consequences. */
const causes = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
];

/** Namespaces that are being deleted, and what blocks that, from their conditions. */
export function namespaceWaits(namespaces: readonly V1Namespace[]): Wait[] {
  return namespaces.flatMap(({ metadata, status }) => {
    if (metadata?.deletionTimestamp === undefined) return [];
    const conditions = status?.conditions?.filter((one) => one.status === "True") ?? [];
    const found = causes.flatMap((type) => conditions.filter((one) => one.type === type));
    const [cause] = found;
    const finalizers = metadata.finalizers ?? [];
    const held =
      finalizers.length > 0 ? `its finalizers block the deletion: ${finalizers.join(", ")}` : undefined;
    const name = metadata.name ?? "";
    const messages = [...found.map((one) => one.message), held].filter((one) => one !== undefined);
    const message = messages.length > 0 ? messages.join("; ") : "it is being deleted";
    return {
      kind: "Namespace",
      namespace: name,
      name,
      state: "deleted" as const,
      reason: cause?.type ?? "Terminating",
      message,
      hopelessAfter: hopelessAfter(cause?.type, message, finalizers),
    };
  });
}

function hopelessAfter(
  cause: string | undefined,
  message: string,
  finalizers: readonly string[],
): number | undefined {
  if (cause === undefined) return finalizers.length > 0 ? hopelessSeconds : undefined;
  // Objects without finalizers will go, and Kubernetes removes its own finalizers when an object is unused.
  if (cause === "NamespaceContentRemaining") return slowSeconds;
  if (cause === "NamespaceFinalizersRemaining" && /remaining: kubernetes\.io\//.test(message))
    return slowSeconds;
  return hopelessSeconds;
}
