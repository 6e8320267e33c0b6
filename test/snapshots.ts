import { execFileSync } from "node:child_process";
import {
  ApiregistrationV1Api,
  CoreV1Api,
  RbacAuthorizationV1Api,
  StorageV1Api,
} from "@kubernetes/client-node";
import { existingSettings } from "./environment.ts";
import { kubeConfigOf } from "./stack.ts";

/** Everything that a stack on a kind of cluster could leave behind, one per line. */
export async function snapshot(kind: "local" | "existing"): Promise<string[]> {
  return kind === "local" ? engineSnapshot() : [...engineSnapshot(), ...(await clusterSnapshot())];
}

function engineSnapshot(): string[] {
  const list = (kind: string, args: string[]) =>
    execFileSync("docker", [...args], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `${kind} ${line}`);
  return [
    ...list("container", ["ps", "--all", "--format", "{{.Names}} of {{.Image}}"]),
    ...list("network", ["network", "ls", "--format", "{{.Name}}"]),
    ...list("volume", ["volume", "ls", "--format", "{{.Name}}"]),
    ...list("image", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).filter(
      // These images are kept on purpose for the next stack.
      (line) => !/image (rancher\/k3s|registry|node):/.test(line),
    ),
  ];
}

/** All cluster-scoped objects that a stack could leave behind, and Helm's release Secrets. */
async function clusterSnapshot(): Promise<string[]> {
  const config = kubeConfigOf(existingSettings());
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const storage = config.makeApiClient(StorageV1Api);
  const aggregation = config.makeApiClient(ApiregistrationV1Api);
  const lists = await Promise.all([
    named("namespace", core.listNamespace()),
    named("cluster role", rbac.listClusterRole()),
    named("cluster role binding", rbac.listClusterRoleBinding()),
    named("persistent volume", core.listPersistentVolume()),
    named("storage class", storage.listStorageClass()),
    named("API service", aggregation.listAPIService()),
    named("Helm secret", core.listSecretForAllNamespaces({ labelSelector: "owner=helm" })),
  ]);
  return lists.flat();
}

/** The lines of `after` that are not in `before`. */
export function added(before: readonly string[], after: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) + 1);
  return after.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

async function named(
  kind: string,
  list: Promise<{ items: { metadata?: { namespace?: string; name?: string } }[] }>,
): Promise<string[]> {
  const { items } = await list;
  return items.map(({ metadata }) => `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`);
}
