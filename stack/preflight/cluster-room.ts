import * as k8s from "@kubernetes/client-node";
import { permitted } from "../cluster/refusal.ts";
import type { Problem } from "../errors.ts";
import { optionalParts } from "../monitoring/options.ts";
import type { Plan } from "../plan.ts";
import { loadResources, serverResources } from "../server/pod.ts";
import type { Part } from "../settings/patterns.ts";
import type { Settings } from "../settings/schema.ts";
import { usableNodes } from "./cluster-nodes.ts";

/** What is in the cluster already. */
export interface Occupied {
  /** Undefined: the user may not list them, or there are too many. */
  readonly pods: readonly k8s.V1Pod[] | undefined;
  readonly quotas: readonly k8s.V1ResourceQuota[];
}

/** More pods would take too long to list; a cluster of that size is usually a cloud's, which is not checked. */
const mostPods = 500;

/** Lists pods and the quotas of the stack's namespaces, as far as the user may. */
export async function occupied(config: k8s.KubeConfig, { names }: Pick<Plan, "names">): Promise<Occupied> {
  const core = config.makeApiClient(k8s.CoreV1Api);
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

/** By the names in quotas: `pods`, `requests.cpu`, `limits.memory`. In thousandths, so that sums are exact. */
type Amounts = Readonly<Record<string, number>>;

/** A pod of the stack, and what it needs at least. */
interface Need {
  readonly part: Part;
  readonly namespace: string;
  readonly amounts: Amounts;
}

/** The stack's pods, with some settings changed. */
type Needs = (changes?: Partial<Settings>) => Need[];

/**
 * Reports pods that certainly have no room. Requests are a lower bound: those of `resources`, the
 * server and the load; init containers, and defaults of a LimitRange, are left out.
 */
export function roomProblems(
  nodes: readonly k8s.V1Node[],
  { pods, quotas }: Occupied,
  plan: Pick<Plan, "names" | "settings">,
): Problem[] {
  const usable = usableNodes(nodes, plan.settings);
  const needs: Needs = (changes) =>
    needsOf({ ...plan, settings: { ...plan.settings, ...changes } }, usable.length);
  return [
    ...nodeRoomProblems(usable, pods, needs, plan),
    ...quotas.flatMap((quota) => quotaProblems(quota, needs, plan.settings)),
  ];
}

function needsOf({ names, settings }: Pick<Plan, "names" | "settings">, nodes: number): Need[] {
  const { resources } = settings;
  const runs = optionalParts(settings);
  const counts: Record<Part, number> = {
    server: settings.replicas,
    load: settings.load ? settings.loadReplicas : 0,
    prometheus: settings.scrapeShards,
    alertmanager: Number(runs.alertmanager),
    pushgateway: Number(runs.pushgateway),
    "kube-state-metrics": 1,
    "node-exporter": runs["node-exporter"] ? nodes : 0,
    loki: Number(runs.loki),
    promtail: runs.promtail ? nodes : 0,
    grafana: 1,
  };
  const { server = serverResources, load = loadResources } = resources;
  return (Object.keys(counts) as Part[]).flatMap((part) => {
    const { requests, limits = {} } = { ...resources, server, load }[part] ?? {};
    // Two containers of these pods have the part's `resources`.
    const containers = part === "prometheus" || part === "grafana" ? [1, 2] : [1];
    const namespace =
      part === "server" || part === "load" ? names.serverNamespace : names.monitoringNamespace;
    const each = containers.map(() => ({
      ...amountsOf("requests", requests),
      ...amountsOf("limits", limits),
    }));
    return Array.from({ length: counts[part] }, () => ({ part, namespace, amounts: ofPod(each) }));
  });
}

/**
 * Checks whether the pods fit onto the nodes. Skipped for a cloud's nodes, because an autoscaler may
 * add some. Pods of a lower priority are not counted, because they make room.
 */
function nodeRoomProblems(
  nodes: readonly k8s.V1Node[],
  pods: readonly k8s.V1Pod[] = [],
  needs: Needs,
  { names, settings }: Pick<Plan, "names" | "settings">,
): Problem[] {
  if (nodes.length === 0 || nodes.some((node) => !node.status?.allocatable || isOfCloud(node))) return [];
  const own = [names.serverNamespace, names.monitoringNamespace];
  const others = pods.filter(
    ({ metadata, spec }) =>
      !own.includes(metadata?.namespace ?? "") &&
      !metadata?.deletionTimestamp &&
      settings.priorityClass === undefined &&
      (spec?.priority ?? 0) >= 0,
  );
  const free = nodes.map(({ metadata, status }) => {
    const taken = total(others.filter(({ spec }) => spec?.nodeName === metadata?.name).map(requestsOf));
    const all = { ...amountsOf("requests", status?.allocatable), pods: quantity(status?.allocatable?.pods) };
    const left = Object.entries(all).map(([key, amount]) => [key, Math.max(0, amount - (taken[key] ?? 0))]);
    return Object.fromEntries(left) as Amounts;
  });
  const shows = "kubectl describe nodes shows what is requested already";
  const large = needs().filter(({ amounts }) => !free.some((room) => fits(amounts, room)));
  const parts = [...new Set(large.map(({ part }) => part))];
  if (large[0]) {
    const most = free.toSorted((a, b) => cpu(b) - cpu(a) || memory(b) - memory(a)).slice(0, 3);
    return [
      {
        what: `no node has room for a pod of ${parts.join(", ")}`,
        why: `${parts[0]} requests ${shown(large[0].amounts)}; nodes have left: ${most.map(shown).join("; ")}`,
        fix: `npm run up -- --config resources=${parts.length > 1 ? "'*=CPU/MEMORY'" : `${parts[0]}=CPU/MEMORY`}   (${shows})`,
      },
    ];
  }
  const left = total(free);
  const needed = totalNeed(needs());
  if (fits(needed, left)) return [];
  return [
    {
      what: "the cluster's nodes have no room for the stack's pods",
      why: `they request ${shown(needed)}; the nodes (${nodes.length}) have left: ${shown(left)}`,
      fix: `${smaller(needs, settings, (less) => fits(totalNeed(less), left))}   (${shows})`,
    },
  ];
}

function isOfCloud({ spec }: k8s.V1Node): boolean {
  return spec?.providerID !== undefined && !/^(k3s|rke2|kind):/.test(spec.providerID);
}

/**
 * Reports what a quota can never allow. Ignores its current usage: the namespace is the stack's own,
 * and a run replaces the pods in it.
 */
function quotaProblems({ metadata, spec }: k8s.V1ResourceQuota, needs: Needs, settings: Settings): Problem[] {
  const { name, namespace } = metadata ?? {};
  const counted = (one: Need) => one.namespace === namespace && isCounted(one, spec, settings);
  return Object.entries(spec?.hard ?? {}).flatMap(([key, hard]) => {
    const amount = key.replace(/^count\/pods$/, "pods").replace(/^(cpu|memory)$/, "requests.$1");
    const sum = (all: Need[]) => totalNeed(all.filter(counted))[amount] ?? 0;
    const needed = sum(needs());
    if (needed <= quantity(hard)) return [];
    return {
      what: `the quota ${name} in the namespace ${namespace} has no room for the stack's pods`,
      why: `they need ${key}=${key.endsWith("memory") ? mebibytes(needed) : needed / 1000}, and it allows ${key}=${hard}`,
      fix: `${smaller(needs, settings, (less) => sum(less) <= quantity(hard))}   (or raise it: kubectl edit quota ${name} -n ${namespace})`,
    };
  });
}

/**
 * Whether a quota certainly counts a pod, by its scopes: the cluster can give a pod requests and a
 * PriorityClass of its own. https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
 */
function isCounted(
  { amounts }: Need,
  spec: k8s.V1ResourceQuotaSpec = { hard: {} },
  settings: Settings,
): boolean {
  const ofClass = (operator: string, values: string[] = []) => {
    const { priorityClass } = settings;
    if (priorityClass === undefined || operator === "DoesNotExist") return false;
    return operator === "Exists" || values.includes(priorityClass) === (operator === "In");
  };
  const hasRequests = Object.entries(amounts).some(([key, amount]) => key !== "pods" && amount > 0);
  const isOfScope = (scope: string) =>
    scope === "NotTerminating" || (scope === "NotBestEffort" && hasRequests);
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  return (
    (spec.scopes ?? []).every(isOfScope) &&
    expressions.every(({ scopeName, operator, values }) =>
      scopeName === "PriorityClass" ? ofClass(operator, values) : isOfScope(scopeName),
    )
  );
}

/** The first change of settings with which the pods fit. */
function smaller(needs: Needs, settings: Settings, fitting: (needs: Need[]) => boolean): string {
  const laptop = settings.preset === "full" ? { preset: "laptop" as const } : {};
  const one = settings.replicas > 1 ? { replicas: 1 } : {};
  const changes = [laptop, one, { ...laptop, ...one }].find((change) => fitting(needs(change)));
  const flags = Object.entries(changes ?? {}).map(([key, value]) => `--config ${key}=${value}`);
  return `npm run up -- ${flags.join(" ") || "--config resources='*=CPU/MEMORY'"}`;
}

/** Without init containers, which end. */
function requestsOf({ spec }: k8s.V1Pod): Amounts {
  return ofPod((spec?.containers ?? []).map(({ resources }) => amountsOf("requests", resources?.requests)));
}

function ofPod(containers: readonly Amounts[]): Amounts {
  return { ...total(containers), pods: 1000 };
}

function amountsOf(kind: string, given: { cpu?: string; memory?: string } = {}): Amounts {
  return { [`${kind}.cpu`]: quantity(given.cpu), [`${kind}.memory`]: quantity(given.memory) };
}

function total(all: readonly Amounts[]): Amounts {
  const sum: Record<string, number> = {};
  for (const one of all) for (const [key, amount] of Object.entries(one)) sum[key] = (sum[key] ?? 0) + amount;
  return sum;
}

function totalNeed(needs: readonly Need[]): Amounts {
  return total(needs.map(({ amounts }) => amounts));
}

function fits(needed: Amounts, room: Amounts): boolean {
  return Object.entries(room).every(([key, left]) => (needed[key] ?? 0) <= left);
}

const units = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/** A Kubernetes quantity in thousandths: `100m`, `1.5`, `64Mi`, `2e3`. */
export function quantity(text = "0"): number {
  const [, amount = "0", unit = "", binary] = /^([\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]??)(i?)$/.exec(text) ?? [];
  const power = units.indexOf(binary && unit === "K" ? "k" : unit) - units.indexOf("");
  return Math.round(Number(amount) * 1000 * (binary ? 1024 : 1000) ** power);
}

const cpu = (amounts: Amounts) => amounts["requests.cpu"] ?? 0;
const memory = (amounts: Amounts) => amounts["requests.memory"] ?? 0;

function shown(amounts: Amounts): string {
  return `cpu ${cpu(amounts) / 1000}, memory ${mebibytes(memory(amounts))}, pods ${(amounts.pods ?? 0) / 1000}`;
}

function mebibytes(amount: number): string {
  return `${Math.round(amount / 1000 / 2 ** 20)}Mi`;
}
