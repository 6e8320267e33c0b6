import type { Problem } from "../../stack/errors.ts";
import { states, type Wait } from "./wait.ts";
import type { Watched } from "./watch.ts";

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
    if (taint?.[1]?.startsWith("node.kubernetes.io/"))
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
    return `${shown}   (settings that policies can require: labels, annotations, resources, nodeAccess; then npm run up)`;
  }
  if (state === "image") {
    return namespace === serverNamespace
      ? `${shown}   (nodes must be able to pull from the setting registry; a login: imagePullSecret, or registryUsername; then npm run up)`
      : `${shown}   (nodes must be able to pull from its registry, or a mirror: imageMirror; then npm run up)`;
  }
  if (state === "crash")
    return `kubectl logs ${name} -n ${namespace} -c ${wait.crashed?.container} --previous   (its whole log; then npm run up)`;
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
