import { hash } from "./hash.ts";
import type { Settings } from "./schema.ts";

/** What everything is called, all of it derived from one name. */
export interface Names {
  /** Of the stack's things outside the cluster, and its value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** Namespace of the delayed server: Pod Security `restricted`. */
  readonly serverNamespace: string;
  /** Namespace of the release: node-exporter and Promtail need the node's paths, so it can't be `restricted`. */
  readonly monitoringNamespace: string;
  /** The Helm release. Its cluster roles are named after it, so two stacks in a cluster need two names. */
  readonly release: string;
}

/** Every stack but `dev` adds its name, so that stacks side by side don't meet. */
export function names(settings: Pick<Settings, "name">, stack: string): Names {
  const derived = stack === "dev" ? "latency-lab" : `latency-lab-${kubernetesName(stack)}`;
  const instance = settings.name ?? derived;
  const suffix = instance.replace(/^latency-lab-?/, "");
  return {
    instance,
    serverNamespace: instance,
    monitoringNamespace: `${instance}-monitoring`,
    release: suffix === "" ? "loki" : `loki-${suffix}`,
  };
}

/**
 * Stack names may hold capitals, dots and underscores, and be longer than Kubernetes'
 * names may. What had to be changed gets a mark of the whole name, so that `a.b` and
 * `a-b`, or two long names, stay two stacks.
 */
function kubernetesName(stack: string): string {
  const trimmed = (text: string) => text.replace(/^-+|-+$/g, "");
  const plain = trimmed(stack.toLowerCase().replace(/[^a-z0-9-]+/g, "-"));
  if (plain === stack && plain.length <= 27) return plain;
  const mark = hash(stack).toString(36);
  return plain === "" ? mark : `${trimmed(plain.slice(0, 20))}-${mark}`;
}
