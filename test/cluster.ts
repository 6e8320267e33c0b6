// A real cluster, to change it by hand and to see what is in it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as k8s from "@kubernetes/client-node";
import { eventually } from "../cli/clients/eventually.ts";
import { isReady } from "../cli/observe/pods.ts";
import { existingSettings } from "./environment.ts";

/** Access to the existing cluster of these settings. */
export function kubeConfigOf({ kubeconfig, context }: Readonly<Record<string, string>>): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  config.loadFromFile(String(kubeconfig));
  config.setCurrentContext(String(context));
  return config;
}

/** The APIs of one context of a kubeconfig. */
export class ClusterUnderTest {
  readonly core: k8s.CoreV1Api;
  readonly apps: k8s.AppsV1Api;
  readonly networking: k8s.NetworkingV1Api;
  readonly objects: k8s.KubernetesObjectApi;

  constructor(settings: Readonly<Record<string, string>>) {
    const config = kubeConfigOf(settings);
    this.core = config.makeApiClient(k8s.CoreV1Api);
    this.apps = config.makeApiClient(k8s.AppsV1Api);
    this.networking = config.makeApiClient(k8s.NetworkingV1Api);
    this.objects = k8s.KubernetesObjectApi.makeApiClient(config);
  }

  /** The pods with given labels that are not terminating. */
  async pods(namespace: string, labelSelector: string): Promise<k8s.V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Waits until exactly `count` pods with given labels are ready, and none is terminating. */
  async settled(namespace: string, labelSelector: string, count: number, seconds = 120): Promise<void> {
    await eventually(async () => {
      const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
      assert.deepEqual(
        items.map((pod) => (isReady(pod) ? "ready" : "not ready")),
        Array.from({ length: count }, () => "ready"),
      );
    }, seconds);
  }

  /** Waits until a pod is deleted. */
  async gone(namespace: string, name: string, seconds = 60): Promise<void> {
    await eventually(async () => {
      const { items } = await this.core.listNamespacedPod({
        namespace,
        fieldSelector: `metadata.name=${name}`,
      });
      assert.equal(items.length, 0);
    }, seconds);
  }
}

export function nameOf({ metadata }: { metadata?: { name?: string } }): string {
  return metadata?.name ?? "";
}

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
  const core = config.makeApiClient(k8s.CoreV1Api);
  const rbac = config.makeApiClient(k8s.RbacAuthorizationV1Api);
  const storage = config.makeApiClient(k8s.StorageV1Api);
  const aggregation = config.makeApiClient(k8s.ApiregistrationV1Api);
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
