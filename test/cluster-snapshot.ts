import {
  ApiregistrationV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  StorageV1Api,
} from "@kubernetes/client-node";

/** Everything cluster-scoped that a stack could leave in a cluster, and Helm's notes, as lines. */
export async function clusterSnapshot(kubeconfig: string, context: string): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  config.setCurrentContext(context);
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

async function named(
  kind: string,
  list: Promise<{ items: { metadata?: { namespace?: string; name?: string } }[] }>,
): Promise<string[]> {
  const { items } = await list;
  return items.map(({ metadata }) => `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`);
}
