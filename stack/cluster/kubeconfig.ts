import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../errors.ts";

interface Kubeconfig {
  readonly clusters?: { name: string; cluster: Record<string, unknown> }[];
  readonly contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly users?: { name: string; user: Record<string, unknown> }[];
}

/** Where the kubeconfig is: the setting, else the first file of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigPath(setting: string | undefined, from: string): string {
  const named = setting ?? process.env.KUBECONFIG?.split(delimiter).find((path) => path !== "");
  if (named === undefined) return join(homedir(), ".kube", "config");
  if (named.startsWith("~/")) return join(homedir(), named.slice(2));
  return isAbsolute(named) ? named : resolve(from, named);
}

/**
 * Reads a kubeconfig and keeps only the named context, with its certificate
 * files inlined: the rest of the file can change without changing the stack,
 * and nothing can fall through to another context.
 */
export function readContext(path: string, context: string): string {
  return onlyContext(readKubeconfig(path), context, path);
}

function readKubeconfig(path: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError({
      what: `the kubeconfig ${path} can't be read`,
      why: (error as Error).message,
      fix: "npm run up -- --config kubeconfig=PATH   (or set KUBECONFIG)",
    });
  }
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== "object" || parsed === null || !("contexts" in parsed)) {
    throw new UserError({
      what: `${path} is not a kubeconfig`,
      why: "it has no contexts",
      fix: "npm run up -- --config kubeconfig=PATH",
    });
  }
  return parsed as Kubeconfig;
}

function onlyContext(config: Kubeconfig, name: string, path: string): string {
  const context = config.contexts?.find((one) => one.name === name);
  const cluster = config.clusters?.find((one) => one.name === context?.context.cluster);
  const user = config.users?.find((one) => one.name === context?.context.user);
  if (!context || !cluster || !user) {
    const names = config.contexts?.map((one) => one.name).join(", ");
    throw new UserError({
      what: `context = "${name}" is not in ${path}`,
      why: names ? `it has: ${names}` : "it has no contexts",
      fix: `npm run up -- --config context=${config.contexts?.[0]?.name ?? "NAME"}`,
    });
  }
  const folder = dirname(path);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [context],
    clusters: [{ name: cluster.name, cluster: inlined(cluster.cluster, folder) }],
    users: [{ name: user.name, user: inlined(user.user, folder) }],
  });
}

/** Replaces `certificate-authority: FILE` and its like by their `-data` form. */
function inlined(entry: Record<string, unknown>, folder: string): Record<string, unknown> {
  const result = { ...entry };
  for (const key of ["certificate-authority", "client-certificate", "client-key"]) {
    const file = result[key];
    if (typeof file !== "string") continue;
    delete result[key];
    result[`${key}-data`] ??= readFileSync(isAbsolute(file) ? file : join(folder, file)).toString("base64");
  }
  return result;
}
