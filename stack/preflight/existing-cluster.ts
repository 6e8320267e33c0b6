import type { CoreV1Api, V1Node, V1Service } from "@kubernetes/client-node";
import { refusals } from "../cluster/refusal.ts";
import { sharedLogin } from "../cluster/shared-login.ts";
import type { PullSecret } from "../cluster/pull-secret.ts";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import type { PortKey } from "../settings/names.ts";

/** What an existing cluster is like, as far as the stack has to know. */
export interface Survey {
  /** The address at which a browser reaches NodePorts. */
  readonly nodeAddress: string;
  /** The namespaces of the stack's name that are there, made by a stack of this name. */
  readonly namespaces: readonly string[];
  /** What the nodes' processors are, as images name it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Whether Docker runs the nodes' containers. @default false */
  readonly dockerRuntime?: boolean;
  /** The Secret that images are pulled with. @default none */
  readonly pullSecret?: PullSecret;
}

/**
 * Looks around in an existing cluster: whether it answers, whether the stack's
 * namespaces and NodePorts are free or its own, and where NodePorts are reached.
 */
export async function surveyCluster(kubeconfig: string, plan: Plan): Promise<Survey> {
  // Loaded only for clusters that need it: it takes as long as the rest of the program.
  const [{ CoreV1Api: Api }, { ClusterClient }] = await Promise.all([
    import("@kubernetes/client-node"),
    import("../cluster/client.ts"),
  ]);
  const api = new ClusterClient(kubeconfig).makeApiClient(Api);
  // A login takes its time, which is not the cluster's.
  await sharedLogin(kubeconfig);
  const [nodes, namespaces, services] = await inTime(
    Promise.all([api.listNode(), api.listNamespace(), api.listServiceForAllNamespaces()]),
    kubeconfig,
  );
  const problems = [...foreignNamespaces(namespaces.items, plan), ...takenNodePorts(services.items, plan)];
  if (problems.length > 0) throw new UserError(problems);
  const own = [plan.names.serverNamespace, plan.names.monitoringNamespace];
  return {
    nodeAddress: plan.settings.nodeAddress ?? nodeAddress(nodes.items),
    architecture: architecture(nodes.items),
    namespaces: namespaces.items
      .map(({ metadata }) => metadata?.name ?? "")
      .filter((name) => own.includes(name)),
  };
}

async function inTime<T>(calls: Promise<T>, kubeconfig: string): Promise<T> {
  const limit = AbortSignal.timeout(10_000);
  const timeout = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => reject(new Error("no answer within 10 s")));
  });
  try {
    return await Promise.race([calls, timeout]);
  } catch (error) {
    throw new UserError(refusals(error, kubeconfig));
  }
}

type Namespaces = Awaited<ReturnType<CoreV1Api["listNamespace"]>>["items"];

/** A namespace that was there before is somebody's: it is neither taken over nor, later, deleted. */
function foreignNamespaces(namespaces: Namespaces, { names }: Plan): Problem[] {
  return [names.serverNamespace, names.monitoringNamespace].flatMap((name) => {
    const found = namespaces.find((one) => one.metadata?.name === name);
    if (!found) return [];
    const labels = found.metadata?.labels ?? {};
    const own =
      labels["app.kubernetes.io/part-of"] === "latency-lab" &&
      labels["app.kubernetes.io/instance"] === names.instance;
    if (own) return [];
    return {
      what: `the namespace ${name} exists already, and is not this stack's`,
      why: "latency-lab makes its namespaces and deletes them with the stack; it does not take over others",
      fix: `npm run up -- --config name=${names.instance}-2`,
    };
  });
}

function takenNodePorts(services: V1Service[], { names, ports }: Plan): Problem[] {
  const own = [names.serverNamespace, names.monitoringNamespace];
  const keys = (Object.keys(ports) as PortKey[]).filter((key) => key.endsWith("NodePort"));
  const foreign = services.filter((one) => !own.includes(one.metadata?.namespace ?? ""));
  const taken = new Map(
    foreign.flatMap((service) =>
      (service.spec?.ports ?? []).map((port) => [
        port.nodePort,
        `${service.metadata?.namespace}/${service.metadata?.name}`,
      ]),
    ),
  );
  return keys.flatMap((key) => {
    const owner = taken.get(ports[key]);
    if (owner === undefined) return [];
    let free = ports[key] + 1;
    while (taken.has(free)) free += 1;
    return {
      what: `${key} = ${ports[key]} is taken in the cluster`,
      why: `the service ${owner} has it`,
      fix: `npm run up -- --config ${key}=${free}`,
    };
  });
}

/**
 * The address at which NodePorts answer: a node's ExternalIP where the cluster
 * has one, else its InternalIP, which a test cluster's user can usually reach.
 * Docker Desktop's node is reached at localhost only.
 */
function nodeAddress(all: V1Node[]): string {
  const nodes = all.toSorted((a, b) => (a.metadata?.name ?? "").localeCompare(b.metadata?.name ?? ""));
  if (nodes.some((node) => node.metadata?.name === "docker-desktop")) return "127.0.0.1";
  for (const type of ["ExternalIP", "InternalIP"]) {
    for (const node of nodes) {
      const address = node.status?.addresses?.find((one) => one.type === type)?.address;
      if (address) return address;
    }
  }
  throw new UserError({
    what: "no node of the cluster has an address",
    why: `${nodes.length} nodes, none with an ExternalIP or InternalIP`,
    fix: "npm run up -- --config nodeAddress=ADDRESS",
  });
}

/**
 * The architecture of the nodes, of most of them where they are mixed: a laptop
 * often builds for processors that it does not have itself.
 */
function architecture(nodes: V1Node[]): string {
  const counts = new Map<string, number>();
  for (const { status } of nodes) {
    const found = status?.nodeInfo?.architecture;
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? "amd64";
}
