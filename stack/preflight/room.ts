import {
  CoreV1Api,
  type KubeConfig,
  type V1Node,
  type V1Pod,
  type V1ResourceQuota,
} from "@kubernetes/client-node";
import { permitted } from "../cluster/refusal.ts";
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { loadResources, serverResources } from "../server/pod.ts";
import type { Part, Resources } from "../settings/pods.ts";
import type { Settings } from "../settings/schema.ts";
import { podsWithoutRequests } from "./admission.ts";
import { usableNodes } from "./nodes.ts";

/** In thousandths, so that sums are exact. */
interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

/** The pods of a part: what each of them requests at least. */
interface Need {
  readonly part: Part;
  readonly namespace: string;
  readonly count: number;
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** What is in the cluster already. */
export interface Occupied {
  /** Undefined: the user may not list them, or there are too many to look at. */
  readonly pods: readonly V1Pod[] | undefined;
  readonly quotas: readonly V1ResourceQuota[];
}

/** More pods would take too long to list; a cluster of that size is usually a cloud's, which is not checked. */
const mostPods = 500;

/** Lists pods and the quotas of the stack's namespaces, as far as the user may. */
export async function occupied(config: KubeConfig, { names }: Pick<Plan, "names">): Promise<Occupied> {
  const core = config.makeApiClient(CoreV1Api);
  const quotasIn = (namespace: string) =>
    permitted(core.listNamespacedResourceQuota({ namespace }), { items: [] });
  const fieldSelector = "status.phase!=Succeeded,status.phase!=Failed";
  const [pods, ...quotas] = await Promise.all([
    permitted(core.listPodForAllNamespaces({ fieldSelector, limit: mostPods }), undefined),
    quotasIn(names.serverNamespace),
    quotasIn(names.monitoringNamespace),
  ]);
  return {
    pods: pods?.metadata?._continue ? undefined : pods?.items,
    quotas: quotas.flatMap(({ items }) => items),
  };
}

/**
 * Reports pods that certainly have no room. Requests are a lower bound: those of `resources`, the
 * server and the load; init containers, and defaults of a LimitRange, are left out.
 */
export function roomProblems(
  nodes: readonly V1Node[],
  { pods, quotas }: Occupied,
  plan: Pick<Plan, "names" | "settings">,
): Problem[] {
  const { settings } = plan;
  const usable = usableNodes(nodes, settings);
  const needsWith = (changes: Partial<Settings>) =>
    needsOf({ ...plan, settings: { ...settings, ...changes } }, usable.length);
  const inQuotas = quotas.flatMap((quota) => quotaProblems(quota, needsWith, settings));
  return [...nodeRoomProblems(usable, pods, needsWith, plan), ...inQuotas];
}

/** Dry-runs pods in namespaces whose quota requires requests or limits. */
export async function unspecified(config: KubeConfig, { quotas }: Occupied, plan: Plan): Promise<Problem[]> {
  const demands = quotas.filter(({ spec }) =>
    Object.keys(spec?.hard ?? {}).some((key) => /^((requests|limits)\.)?(cpu|memory)$/.test(key)),
  );
  const namespaces = [...new Set(demands.map(({ metadata }) => metadata?.namespace ?? ""))];
  return (await Promise.all(namespaces.map((one) => podsWithoutRequests(config, plan, one)))).flat();
}

type Needs = (changes: Partial<Settings>) => Need[];

/** Containers of a part's pod that have the part's `resources`, if more than one. */
const containers: Readonly<Partial<Record<Part, number>>> = { prometheus: 2, grafana: 2 };

function needsOf({ names, settings }: Pick<Plan, "names" | "settings">, nodes: number): Need[] {
  const { resources, preset, nodeAccess, queryUrl, lokiUrl } = settings;
  const full = preset === "full";
  const counts: Record<Part, number> = {
    server: settings.replicas,
    load: settings.load ? settings.loadReplicas : 0,
    prometheus: 1,
    alertmanager: full && queryUrl === undefined ? 1 : 0,
    pushgateway: full ? 1 : 0,
    "kube-state-metrics": 1,
    "node-exporter": full && nodeAccess ? nodes : 0,
    loki: lokiUrl === undefined ? 1 : 0,
    promtail: nodeAccess ? nodes : 0,
    grafana: 1,
  };
  const usual: Partial<Record<Part, object>> = { server: serverResources, load: loadResources };
  return (Object.keys(counts) as Part[]).map((part) => {
    const { requests, limits } = (resources[part] ?? usual[part] ?? {}) as Partial<Resources>;
    const times = containers[part] ?? 1;
    const namespace =
      part === "server" || part === "load" ? names.serverNamespace : names.monitoringNamespace;
    return {
      part,
      namespace,
      count: counts[part],
      requests: { ...multiple(amountsOf(requests), times), pods: 1000 },
      limits: { ...multiple(amountsOf(limits), times), pods: 1000 },
    };
  });
}

/**
 * Whether the pods fit onto the nodes. Not known of a cloud's nodes, which an autoscaler may add;
 * pods of a lower priority make room.
 */
function nodeRoomProblems(
  nodes: readonly V1Node[],
  pods: readonly V1Pod[] = [],
  needsWith: Needs,
  { names, settings }: Pick<Plan, "names" | "settings">,
): Problem[] {
  if (nodes.length === 0 || nodes.some(({ status }) => !status?.allocatable) || nodes.some(isOfCloud)) {
    return [];
  }
  const own = [names.serverNamespace, names.monitoringNamespace];
  const others = pods.filter(
    ({ metadata, spec }) =>
      !own.includes(metadata?.namespace ?? "") &&
      !metadata?.deletionTimestamp &&
      settings.priorityClass === undefined &&
      (spec?.priority ?? 0) >= 0,
  );
  const free = nodes.map(({ metadata, status }) => {
    const used = others.filter(({ spec }) => spec?.nodeName === metadata?.name).map(requestsOf);
    return combined(amountsOf(status?.allocatable), total(used), (all, taken) => Math.max(0, all - taken));
  });
  const needs = needsWith({}).filter(({ count }) => count > 0);
  const shows = "kubectl describe nodes shows what is requested already";
  const large = needs.filter(({ requests }) => !free.some((room) => fits(requests, room)));
  if (large[0]) {
    const most = free.toSorted((a, b) => b.cpu - a.cpu || b.memory - a.memory).slice(0, 3);
    const parts = large.map(({ part }) => part);
    return [
      {
        what: `no node has room for a pod of ${parts.join(", ")}`,
        why: `${parts[0]} requests ${shown(large[0].requests)}; nodes have left: ${most.map(shown).join("; ")}`,
        fix: `npm run up -- --config resources=${parts.length > 1 ? "'*=CPU/MEMORY'" : `${parts[0]}=CPU/MEMORY`}   (${shows})`,
      },
    ];
  }
  const left = total(free);
  const needed = totalNeed(needs);
  if (fits(needed, left)) return [];
  return [
    {
      what: "the cluster's nodes have no room for the stack's pods",
      why: `they request ${shown(needed)}; the nodes (${nodes.length}) have left: ${shown(left)}`,
      fix: `${smaller(needsWith, settings, (less) => fits(totalNeed(less), left))}   (${shows})`,
    },
  ];
}

function isOfCloud({ spec }: V1Node): boolean {
  return spec?.providerID !== undefined && !/^(k3s|rke2|kind):/.test(spec.providerID);
}

/**
 * What a quota can never allow. What it has used already does not count: the namespace is the
 * stack's own, and a run replaces these pods.
 */
function quotaProblems({ metadata, spec }: V1ResourceQuota, needsWith: Needs, settings: Settings): Problem[] {
  if (spec?.scopes || spec?.scopeSelector) return [];
  const { name, namespace } = metadata ?? {};
  const sum = (needs: readonly Need[], key: string) =>
    needs
      .filter((need) => need.namespace === namespace)
      .reduce((all, need) => all + need.count * limited(need, key), 0);
  return Object.entries(spec?.hard ?? {}).flatMap(([key, hard]) => {
    const needed = sum(needsWith({}), key);
    const allowed = quantity(hard);
    if (needed <= allowed) return [];
    const inside = (less: readonly Need[]) => sum(less, key) <= allowed;
    return {
      what: `the quota ${name} in the namespace ${namespace} has no room for the stack's pods`,
      why: `they need ${key}=${written(key, needed)}, and it allows ${key}=${hard}`,
      fix: `${smaller(needsWith, settings, inside)}   (or raise it: kubectl edit quota ${name} -n ${namespace})`,
    };
  });
}

function limited({ requests, limits }: Need, key: string): number {
  if (key === "pods" || key === "count/pods") return requests.pods;
  const [, kind, resource] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(key) ?? [];
  if (resource === undefined) return 0;
  return (kind === "limits" ? limits : requests)[resource as "cpu" | "memory"];
}

/** The first change of settings with which the pods fit. */
function smaller(needsWith: Needs, settings: Settings, fitting: (needs: Need[]) => boolean): string {
  const laptop = settings.preset === "full" ? { preset: "laptop" as const } : {};
  const one = settings.replicas > 1 ? { replicas: 1 } : {};
  const changes = [laptop, one, { ...laptop, ...one }].find((change) => fitting(needsWith(change)));
  const flags = Object.entries(changes ?? {}).map(([key, value]) => `--config ${key}=${value}`);
  return `npm run up -- ${flags.join(" ") || "--config resources='*=CPU/MEMORY'"}`;
}

/** Without init containers, which end. */
function requestsOf({ spec }: V1Pod): Amounts {
  const each = (spec?.containers ?? []).map(({ resources }) => amountsOf(resources?.requests));
  return { ...total(each), pods: 1000 };
}

function amountsOf(given: { cpu?: string; memory?: string; pods?: string } = {}): Amounts {
  return { cpu: quantity(given.cpu), memory: quantity(given.memory), pods: quantity(given.pods) };
}

function combined(a: Amounts, b: Amounts, calculate: (a: number, b: number) => number): Amounts {
  return {
    cpu: calculate(a.cpu, b.cpu),
    memory: calculate(a.memory, b.memory),
    pods: calculate(a.pods, b.pods),
  };
}

function multiple(one: Amounts, times: number): Amounts {
  return combined(one, one, (amount) => amount * times);
}

function total(all: readonly Amounts[]): Amounts {
  return all.reduce((sum, one) => combined(sum, one, (a, b) => a + b), amountsOf());
}

function totalNeed(needs: readonly Need[]): Amounts {
  return total(needs.map(({ count, requests }) => multiple(requests, count)));
}

function fits(needed: Amounts, room: Amounts): boolean {
  return needed.cpu <= room.cpu && needed.memory <= room.memory && needed.pods <= room.pods;
}

const units = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/** A Kubernetes quantity in thousandths: `100m`, `1.5`, `64Mi`, `2e3`. */
export function quantity(text = "0"): number {
  const [, amount = "0", unit = "", binary] = /^([\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]??)(i?)$/.exec(text) ?? [];
  const power = units.indexOf(binary && unit === "K" ? "k" : unit) - units.indexOf("");
  return Math.round(Number(amount) * 1000 * (binary ? 1024 : 1000) ** power);
}

function shown({ cpu, memory, pods }: Amounts): string {
  return `cpu ${cpu / 1000}, memory ${mebibytes(memory)}, pods ${pods / 1000}`;
}

function written(key: string, amount: number): string {
  return key.endsWith("memory") ? mebibytes(amount) : String(amount / 1000);
}

function mebibytes(amount: number): string {
  return `${Math.round(amount / 1000 / 2 ** 20)}Mi`;
}
