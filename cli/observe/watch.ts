import { ClusterClient } from "../../stack/cluster/client.ts";
import { webhookFix } from "../../stack/cluster/refusal.ts";
import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { isOfState } from "../../stack/preflight/cluster-nodes.ts";
import { isPullLimit } from "../pulumi/explain.ts";
import { states, takeSnapshot, type Wait } from "./snapshot.ts";
import { waitsOf } from "./waits.ts";

/** A wait, its duration so far, and the last log lines of a crashed container. */
export interface Watched extends Wait {
  readonly seconds: number;
  readonly lines: readonly string[];
}

/** Shows a reason within seconds at low cost, even over half an hour. */
const pauseMilliseconds = 4000;

/** Polls both namespaces of a stack until it is stopped. */
export class Watch {
  readonly #config: ClusterClient;
  readonly #namespaces: readonly string[];
  readonly #lines = new Map<string, { run: string; lines: readonly string[] }>();
  #since = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(kubeconfig: string, { names }: Pick<Plan, "names">) {
    this.#config = new ClusterClient(kubeconfig);
    this.#namespaces = [names.serverNamespace, names.monitoringNamespace];
  }

  /** Calls `seen` after every poll. Ignores failed polls: the deployment itself reports the failure. */
  start(seen: (waits: readonly Watched[]) => void): void {
    const again = async () => {
      const waits = await this.look().catch(() => undefined);
      if (this.#stopped) return;
      if (waits) seen(waits);
      this.#timer = setTimeout(again, pauseMilliseconds).unref();
    };
    void again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async look(): Promise<Watched[]> {
    const waits = waitsOf(await takeSnapshot(this.#config, this.#namespaces));
    const now = Date.now();
    const before = this.#since;
    this.#since = new Map(waits.map((one) => [keyOf(one), before.get(keyOf(one)) ?? now]));
    return Promise.all(
      waits.map(async (wait) => ({
        ...wait,
        seconds: (now - (this.#since.get(keyOf(wait)) ?? now)) / 1000,
        lines: wait.crashed ? await this.#linesOf(wait, wait.crashed) : [],
      })),
    );
  }

  /** The last log lines of a container's last run, read once per restart. */
  async #linesOf(
    { namespace, name }: Wait,
    { container, runs, restarts }: NonNullable<Wait["crashed"]>,
  ): Promise<readonly string[]> {
    const key = [namespace, name, container].join("/");
    const run = `${restarts} ${runs}`;
    const known = this.#lines.get(key);
    if (known?.run === run) return known.lines;
    const core = this.#config.core;
    const of = { namespace, name, container, previous: runs, tailLines: 3 };
    // The container may be removed, or the user can't read its log.
    const text = await core.readNamespacedPodLog(of).catch(() => undefined);
    const lines = text?.split("\n").filter((line) => line.trim() !== "") ?? [];
    if (text !== undefined) this.#lines.set(key, { run, lines });
    return lines;
  }
}

/** Identifies a wait between polls. */
function keyOf({ kind, namespace, name, state }: Wait): string {
  return [kind, namespace, name, state].join("/");
}

/** The first wait that will not end by itself. Older waits count as no longer than `atMost` seconds. */
export function hopelessOf(
  waits: readonly Watched[],
  atMost = Number.POSITIVE_INFINITY,
): Watched | undefined {
  return waits.find(
    ({ hopelessAfter, seconds }) => hopelessAfter !== undefined && Math.min(seconds, atMost) >= hopelessAfter,
  );
}

/** One line for a stage or a list: `pod loki-0: ImagePullBackOff: not found`. */
export function describeWait({ kind, name, reason, message, lines }: Wait & Partial<Watched>): string {
  // The last log line says more than the exit code.
  const why = lines?.at(-1) ?? message;
  return `${kind.toLowerCase()} ${name}: ${reason}${why === "" ? "" : `: ${why.split("\n")[0]}`}`;
}

/** The problem of a wait that will not end. */
export function hopelessProblem(
  wait: Watched,
  serverNamespace: string,
  command: "up" | "down" = "up",
): Problem {
  const { kind, namespace, name, reason, message, lines } = wait;
  const where = kind === "Namespace" ? name : `${namespace}/${name}`;
  return {
    what: `${kind} ${where} ${states[wait.state]}: ${reason}`,
    why: [message, ...lines].join("\n       "),
    fix: wait.state === "deleted" ? unblock(wait, command) : fixOf(wait, serverNamespace),
  };
}

/** The command that fixes it, or that shows more. */
function fixOf(wait: Watched, serverNamespace: string): string {
  const { kind, namespace, name, state, message } = wait;
  const shown = `kubectl describe ${kind.toLowerCase()} ${name} -n ${namespace}`;
  if (state === "unscheduled") {
    const taint = /untolerated taint \{([^:}]+): ?([^}]*)\}/.exec(message);
    if (taint?.[1] && isOfState(taint[1]))
      return "kubectl describe nodes   (their conditions say why, for example a full disk; then npm run up)";
    if (taint) return `npm run up -- --config tolerations=${taint[1]}${taint[2] ? `=${taint[2]}` : ""}`;
    return `${shown}   (settings that help: tolerations, nodeSelector, resources, replicas; then npm run up)`;
  }
  if (state === "unbound") {
    return "npm run up -- --config storageClass=NAME   (kubectl get storageclass lists them; or --config persistence=false)";
  }
  if (state === "not created") {
    if (message.includes("exceeded quota"))
      return `kubectl describe quota -n ${namespace}   (raise it, or lower replicas and resources; then npm run up)`;
    return (
      webhookFix(message) ??
      `${shown}   (settings that policies can require: labels, annotations, resources, nodeAccess; then npm run up)`
    );
  }
  if (state === "image") {
    if (isPullLimit(message))
      return "wait, or set imageMirror (registryMirrors for a local cluster), or imagePullSecret with a login; then npm run up";
    return namespace === serverNamespace
      ? `${shown}   (nodes must be able to pull from the setting registry; a login: imagePullSecret, or registryUsername; then npm run up)`
      : `${shown}   (nodes must be able to pull from its registry, or a mirror: imageMirror; then npm run up)`;
  }
  if (state === "crash")
    return `kubectl logs ${name} -n ${namespace} -c ${wait.crashed?.container} --previous   (shows its full log; then npm run up)`;
  return `${shown}   (then npm run up)`;
}

/** How to unblock the deletion of a namespace. */
function unblock({ name, reason, message }: Wait, command: "up" | "down"): string {
  const then = `; then npm run ${command}`;
  if (reason === "NamespaceDeletionDiscoveryFailure") {
    const [, group, version] = /([a-z0-9.-]+\.[a-z0-9.-]+)\/(v\w+)/.exec(message) ?? [];
    const service = group === undefined ? "NAME" : `${version}.${group}`;
    return `kubectl get apiservice ${service}   (repair its backend, or kubectl delete apiservice ${service}${then})`;
  }
  const kinds = [...message.matchAll(/([a-z0-9.-]+?)\.? has \d+ resource/g)].map(([, kind]) => kind);
  if (reason === "NamespaceFinalizersRemaining" && kinds.length > 0) {
    const columns = "KIND:.kind,NAME:.metadata.name,FINALIZERS:.metadata.finalizers";
    return `kubectl get ${kinds.join(",")} -n ${name} -o custom-columns=${columns}   (repair the controller that removes the finalizers, or remove them with kubectl edit${then})`;
  }
  return `kubectl get namespace ${name} -o yaml   (its conditions and finalizers show what blocks it${then})`;
}
