import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { parse, parseDocument, stringify } from "yaml";
import { type Problem, quoted, setCommand, UserError } from "../errors.ts";
import { type Plan, settingPath } from "../plan.ts";
import { checkedCluster, checkedUser, type Entry, type Fields } from "./kubeconfig-entry.ts";

/** The existing cluster's kubeconfig, from the settings. */
export function kubeconfigOfSettings({ settings, root }: Plan): string {
  return readContext(kubeconfigFiles(settings.kubeconfig, root), settings.context ?? "");
}

/**
 * The stack's outputs keep the kubeconfig it was created with, whose login may have expired.
 * The kubeconfig of the settings replaces it if it can be read and has the same API server.
 */
export function currentKubeconfig(kept: string, plan: Plan): string {
  if (plan.settings.cluster === "local") return kept;
  try {
    const current = kubeconfigOfSettings(plan);
    return serverOf(current) === serverOf(kept) ? current : kept;
  } catch {
    return kept;
  }
}

export function serverOf(kubeconfig: string): string {
  return String(parse(kubeconfig).clusters[0]?.cluster?.server);
}

/** Paths of the kubeconfigs: the setting, else $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFiles(setting: string | undefined, from: string): string[] {
  if (setting !== undefined) return [settingPath(setting, from)];
  const listed = (process.env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  if (listed.length === 0) return [join(homedir(), ".kube", "config")];
  return listed.map((path) => resolve(process.env.LATENCY_LAB_CWD ?? from, path));
}

/**
 * Reads kubeconfigs as kubectl does and keeps only the named context, with inlined certificates
 * and absolute paths: changes elsewhere in the files do not change the stack. The client
 * library's loader fails on a missing file or a duplicate name, and drops unknown fields.
 */
export function readContext(files: string | readonly string[], context: string): string {
  const all = [files].flat();
  return onlyContext(merged(all), context, all.join(delimiter));
}

/** Entries by kind and name. As in kubectl, the first file that defines a name wins. */
type Kubeconfig = Record<"cluster" | "context" | "user", Map<string, Entry>>;

function merged(files: readonly string[]): Kubeconfig {
  const result: Kubeconfig = { cluster: new Map(), context: new Map(), user: new Map() };
  const problems: Problem[] = [];
  let missing = 0;
  for (const file of files) {
    try {
      add(result, file, contentOf(file));
    } catch (error) {
      if (error instanceof UserError) problems.push(...error.problems);
      // kubectl skips missing files of a list.
      else if ((error as NodeJS.ErrnoException).code === "ENOENT") missing += 1;
      else problems.push(unreadable(file, (error as Error).message));
    }
  }
  if (missing === files.length) problems.push(unreadable(files.join(delimiter), "there is no such file"));
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return result;
}

function unreadable(file: string, why: string): Problem {
  return {
    what: `the kubeconfig ${file} can't be read`,
    why,
    fix: "npm run up -- --config kubeconfig=PATH   (or set KUBECONFIG)",
  };
}

function contentOf(file: string): Fields {
  const bytes = readFileSync(file);
  // PowerShell writes redirected output as UTF-16.
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const document = parseDocument(new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes), {
    merge: true,
  });
  const [broken] = document.errors;
  const content: unknown = broken ? undefined : (document.toJS() ?? {});
  if (typeof content === "object" && !Array.isArray(content)) return content as Fields;
  throw refused(
    `the kubeconfig ${file} is broken`,
    broken ? `it is not YAML: ${broken.message.split("\n")[0]}` : "it has no clusters, users and contexts",
    `fix the file, then check it: kubectl --kubeconfig ${quoted(file)} config view`,
  );
}

function refused(what: string, why: string, fix: string): UserError {
  return new UserError({ what, why, fix }, "readiness");
}

function add(config: Kubeconfig, file: string, content: Fields): void {
  for (const kind of ["cluster", "context", "user"] as const) {
    const list = content[`${kind}s`];
    for (const one of Array.isArray(list) ? list : []) {
      const name: unknown = one?.name;
      if (typeof name !== "string" || config[kind].has(name)) continue;
      config[kind].set(name, { kind, name, file, fields: one[kind] ?? {} });
    }
  }
}

function onlyContext(config: Kubeconfig, name: string, files: string): string {
  const context = config.context.get(name);
  if (!context) {
    const names = [...config.context.keys()];
    const why = names.length > 0 ? `it has: ${names.join(", ")}` : "it has no contexts";
    throw refused(`context = "${name}" is not in ${files}`, why, setCommand("context", names[0] ?? "NAME"));
  }
  const cluster = referred(config, context, "cluster", files);
  const user = referred(config, context, "user", files);
  if (!cluster?.fields.server) {
    const { file, kind, name } = cluster ?? context;
    throw refused(
      `${kind} "${name}" in ${file} ${cluster ? "has no server" : "names no cluster"}`,
      "a context needs a cluster, and a cluster the address of its API server",
      `kubectl --kubeconfig ${quoted(file)} config set-cluster NAME --server=https://HOST:PORT`,
    );
  }
  const problems: Problem[] = [];
  const ofCluster = checkedCluster(cluster, problems);
  // kubectl does not send credentials without TLS, so it does not read them either.
  const isPlain = ofCluster.server.startsWith("http:") && ofCluster["insecure-skip-tls-verify"] !== true;
  const ofUser = user && (isPlain ? impersonation(user) : checkedUser(user, problems));
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { ...context.fields, cluster: cluster.name, user: user?.name ?? "" } }],
    clusters: [{ name: cluster.name, cluster: ofCluster }],
    users: user ? [{ name: user.name, user: ofUser }] : [],
  });
}

/** The cluster or user that a context names. A context can be without a user. */
function referred(
  config: Kubeconfig,
  context: Entry,
  kind: "cluster" | "user",
  files: string,
): Entry | undefined {
  const name = context.fields[kind];
  if (typeof name !== "string" || name === "") return undefined;
  const found = config[kind].get(name);
  if (found) return found;
  const names = [...config[kind].keys()];
  throw refused(
    `context = "${context.name}" names the ${kind} "${name}", which is not in ${files}`,
    names.length > 0 ? `it has these ${kind}s: ${names.join(", ")}` : `it has no ${kind}s`,
    `kubectl --kubeconfig ${quoted(context.file)} config set-context ${quoted(context.name)} --${kind}=NAME`,
  );
}

function impersonation({ fields }: Entry): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => /^as(-|$)/.test(key)));
}
