import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Plan } from "../../stack/plan.ts";
import { engineObjects } from "./containers.ts";

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
  return stdout.split("\n").filter((line) => line !== "");
}

/** What of a stack is still in an existing cluster: namespaces, and what Helm made outside of them. */
export async function remainsInCluster(kubeconfig: string, { names }: Plan): Promise<string[]> {
  const { KubeConfig, CoreV1Api, RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const [namespaces, roles, bindings, volumes] = await Promise.all([
    core.listNamespace(),
    rbac.listClusterRole(),
    rbac.listClusterRoleBinding(),
    core.listPersistentVolume(),
  ]);
  const ours = [names.serverNamespace, names.monitoringNamespace];
  const ofRelease = (one: { metadata?: { annotations?: Record<string, string> } }) =>
    one.metadata?.annotations?.["meta.helm.sh/release-name"] === names.release &&
    one.metadata?.annotations?.["meta.helm.sh/release-namespace"] === names.monitoringNamespace;
  const named = (kind: string) => (one: { metadata?: { name?: string } }) => `${kind} ${one.metadata?.name}`;
  return [
    ...namespaces.items.filter((one) => ours.includes(one.metadata?.name ?? "")).map(named("namespace")),
    ...roles.items.filter(ofRelease).map(named("cluster role")),
    ...bindings.items.filter(ofRelease).map(named("cluster role binding")),
    ...volumes.items
      .filter((one) => ours.includes(one.spec?.claimRef?.namespace ?? ""))
      .map(named("persistent volume")),
  ];
}
