import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { CoreV1Api } from "@kubernetes/client-node";
import { imagesVolume } from "../../stack/cluster/labels.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineObjects } from "../clients/docker.ts";

const exec = promisify(execFile);

/** What of a stack is still in the Docker engine. */
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

/** The volumes of a stack's containers: nameless, so they must be noted before the containers go. */
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
  // What was asked to be kept is no leftover.
  return stdout.split("\n").filter((line) => line !== "" && line !== imagesVolume(plan.names.instance));
}

/** How long a volume may take to go after its claim: whoever made it deletes it, in its own time. */
const patienceSeconds = 60;

/**
 * What of a stack is still in an existing cluster: namespaces, and what Helm made
 * outside of them. Waits for what is on its way out. After a run that was killed,
 * there are things that no state knows: those are deleted.
 */
export async function remainsInCluster(
  kubeconfig: string,
  plan: Plan,
  interrupted: boolean,
): Promise<string[]> {
  const deadline = Date.now() + patienceSeconds * 1000;
  const asked = new Set<string>();
  for (;;) {
    const left = await inCluster(kubeconfig, plan);
    if (left.length === 0 || Date.now() > deadline) return left.map(({ what }) => what);
    if (!interrupted && !left.some(({ isGoing }) => isGoing)) return left.map(({ what }) => what);
    for (const { what, remove } of left) {
      if (interrupted && !asked.has(what)) await remove?.();
      asked.add(what);
    }
    await sleep(500);
  }
}

/** Something of a stack in a cluster. */
interface Remains {
  readonly kind: string;
  readonly name: string;
  readonly what: string;
  /** Whether it is being deleted. */
  readonly isGoing: boolean;
  /** Deletes it; not there for what goes with something else. */
  readonly remove?: () => Promise<unknown>;
}

async function inCluster(kubeconfig: string, { names }: Plan): Promise<Remains[]> {
  const { CoreV1Api, RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const config = new ClusterClient(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  // What the user may not list, the user could not make: there is none of it.
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
      // Its claim went with the namespace, and it follows.
      .map((volume) => ({ ...remains("persistent volume")(volume), isGoing: true })),
  ];
}

/**
 * The commands with which someone who may removes what is in an existing cluster of a stack;
 * empty if nothing is. Undefined if this user may not see whether something is.
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

/** An answer, or undefined for what is not there or not for this user to see. */
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
 * Ends the pods of a release that is being deleted at once. Promtail would go
 * on trying to send its last lines to a Loki that is gone, for the 30 s that
 * the cluster gives it, and the namespace would wait for it and half as long again.
 */
export async function endPods(kubeconfig: string, namespace: string): Promise<void> {
  const { CoreV1Api: Api } = await import("@kubernetes/client-node");
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const api: CoreV1Api = new ClusterClient(kubeconfig).makeApiClient(Api);
  try {
    await api.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  } catch {
    // Only a matter of time: they end by themselves.
  }
}
