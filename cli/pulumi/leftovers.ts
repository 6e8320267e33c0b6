import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { CoreV1Api } from "@kubernetes/client-node";
import { imagesVolume } from "../../stack/cluster/labels.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineObjects } from "../clients/docker.ts";

const exec = promisify(execFile);

/** The stack's objects that are still in the Docker engine. */
export async function remainsInEngine(plan: Plan, volumes: readonly string[]): Promise<string[]> {
  const [containers, networks, known] = await Promise.all([
    engineObjects("container", plan),
    engineObjects("network", plan),
    exec("docker", ["volume", "ls", "--quiet"]),
  ]);
  const left = new Set(known.stdout.split("\n"));
  return [
    ...containers.map(({ name }) => `container ${name}`),
    ...networks.map(({ name }) => `network ${name}`),
    ...volumes.filter((name) => left.has(name)).map((name) => `volume ${name}`),
  ];
}

/** The anonymous volumes of a stack's containers. Must be listed before the containers are deleted. */
export async function volumesOf(plan: Plan): Promise<string[]> {
  const containers = await engineObjects("container", plan);
  if (containers.length === 0) return [];
  const format = "{{range .Mounts}}{{println .Name}}{{end}}";
  const { stdout } = await exec("docker", [
    "container",
    "inspect",
    "--format",
    format,
    ...containers.map(({ id }) => id),
  ]);
  // The volume of `keepImages` stays.
  return stdout.split("\n").filter((line) => line !== "" && line !== imagesVolume(plan.names.instance));
}

/** How long a provisioner can take to delete a volume after its claim. */
const deletionSeconds = 60;

/**
 * The stack's objects that are still in an existing cluster: namespaces, and Helm's objects outside
 * of them. Waits for objects that are being deleted. After a killed run, deletes objects that are
 * not in the state.
 */
export async function remainsInCluster(
  kubeconfig: string,
  plan: Plan,
  interrupted: boolean,
): Promise<string[]> {
  const deadline = Date.now() + deletionSeconds * 1000;
  const deleted = new Set<string>();
  for (;;) {
    const left = await inCluster(kubeconfig, plan);
    if (left.length === 0 || Date.now() > deadline) return left.map(({ what }) => what);
    if (!interrupted && !left.some(({ isGoing }) => isGoing)) return left.map(({ what }) => what);
    for (const { what, remove } of left) {
      if (interrupted && !deleted.has(what)) await remove?.();
      deleted.add(what);
    }
    await sleep(500);
  }
}

/** An object of a stack in a cluster. */
interface Remains {
  readonly kind: string;
  readonly name: string;
  readonly what: string;
  /** Whether it is being deleted. */
  readonly isGoing: boolean;
  /** Deletes it; undefined for objects that are deleted with another one. */
  readonly remove?: () => Promise<unknown>;
}

async function inCluster(kubeconfig: string, { names }: Plan): Promise<Remains[]> {
  const { CoreV1Api, RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const config = new ClusterClient(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  // A user who can't list a kind could not create objects of it.
  const [namespaces, roles, bindings, volumes] = await Promise.all([
    Promise.all(
      [names.serverNamespace, names.monitoringNamespace].map((name) =>
        permitted(core.readNamespace({ name })),
      ),
    ),
    permitted(rbac.listClusterRole()),
    permitted(rbac.listClusterRoleBinding()),
    permitted(core.listPersistentVolume()),
  ]);
  const ours = [names.serverNamespace, names.monitoringNamespace];
  const ofRelease = (one: { metadata?: { annotations?: Record<string, string> } }) =>
    one.metadata?.annotations?.["meta.helm.sh/release-name"] === names.release &&
    one.metadata?.annotations?.["meta.helm.sh/release-namespace"] === names.monitoringNamespace;
  const remains =
    (kind: string, remove?: (name: string) => Promise<unknown>) =>
    ({ metadata }: { metadata?: { name?: string; deletionTimestamp?: Date } }): Remains => {
      const name = metadata?.name ?? "";
      return {
        kind,
        name,
        what: `${kind} ${name}`,
        isGoing: metadata?.deletionTimestamp !== undefined,
        ...(remove ? { remove: () => remove(name) } : {}),
      };
    };
  return [
    ...namespaces
      .filter((one) => one !== undefined)
      .map(remains("namespace", (name) => core.deleteNamespace({ name }))),
    ...(roles?.items ?? [])
      .filter(ofRelease)
      .map(remains("cluster role", (name) => rbac.deleteClusterRole({ name }))),
    ...(bindings?.items ?? [])
      .filter(ofRelease)
      .map(remains("cluster role binding", (name) => rbac.deleteClusterRoleBinding({ name }))),
    ...(volumes?.items ?? [])
      .filter(({ spec }) => ours.includes(spec?.claimRef?.namespace ?? ""))
      // A volume is deleted after its claim, which is deleted with the namespace.
      .map((volume) => ({ ...remains("persistent volume")(volume), isGoing: true })),
  ];
}

/**
 * The commands that delete a stack's objects from an existing cluster; empty if there are none.
 * Undefined if this user lacks the right to check.
 */
export async function removalCommands(kubeconfig: string, plan: Plan): Promise<string[] | undefined> {
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const core = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
  const { serverNamespace, monitoringNamespace } = plan.names;
  for (const name of [serverNamespace, monitoringNamespace]) {
    try {
      await core.readNamespace({ name });
    } catch (error) {
      if ((error as { code?: number }).code !== 404) return undefined;
    }
  }
  const left = await inCluster(kubeconfig, plan);
  const byKind = Map.groupBy(
    left.filter(({ remove }) => remove !== undefined),
    ({ kind }) => kind.replaceAll(" ", ""),
  );
  return [...byKind].map(([kind, all]) => `kubectl delete ${kind} ${all.map(({ name }) => name).join(" ")}`);
}

/** The response, or undefined if the object does not exist or the user lacks the right to read it. */
async function permitted<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === 403 || code === 404) return undefined;
    throw error;
  }
}

/**
 * Deletes the pods of a release without a grace period. Otherwise Promtail tries for 30 s to send
 * its last lines to a Loki that no longer exists, which delays the deletion of the namespace.
 */
export async function endPods(kubeconfig: string, namespace: string): Promise<void> {
  const { CoreV1Api: Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const api: CoreV1Api = new ClusterClient(kubeconfig).makeApiClient(Api);
  try {
    await api.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  } catch {
    // The pods end by themselves, only later.
  }
}
