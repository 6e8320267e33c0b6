import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { parseDocument, stringify } from "yaml";
import { type Problem, quoted, UserError } from "../errors.ts";
import { setCommand } from "../settings/read.ts";
import { type Entry, withFiles } from "./kubeconfig-files.ts";
import { checkedUser } from "./kubeconfig-user.ts";

/** Entries by kind and name. As in kubectl, the first file that defines a name wins. */
type Kubeconfig = Record<"cluster" | "context" | "user", Map<string, Entry>>;

/** Paths of the kubeconfigs: the setting, else $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFiles(setting: string | undefined, from: string): string[] {
  if (setting !== undefined) {
    if (setting.startsWith("~/")) return [join(homedir(), setting.slice(2))];
    return [resolve(from, setting)];
  }
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

function merged(files: readonly string[]): Kubeconfig {
  const result: Kubeconfig = { cluster: new Map(), context: new Map(), user: new Map() };
  const missing: unknown[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      add(result, file, readKubeconfig(file));
    } catch (error) {
      if (error instanceof UserError) problems.push(...error.problems);
      // kubectl skips missing files of a list.
      else missing.push(error);
    }
  }
  if (missing.length === files.length) {
    problems.push(unreadable(files.join(delimiter), new Error("there is no such file")));
  }
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return result;
}

/** The content of one file. Throws the original ENOENT error if the file does not exist. */
function readKubeconfig(file: string): Record<string, unknown> {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw error;
    throw new UserError(unreadable(file, error as Error), "readiness");
  }
  const document = parseDocument(decoded(text));
  const [broken] = document.errors;
  if (broken) {
    throw new UserError(
      {
        what: `the kubeconfig ${file} is broken`,
        why: `it is not YAML: ${broken.message.split("\n")[0]}`,
        fix: `fix the file, then check it: kubectl --kubeconfig ${quoted(file)} config view`,
      },
      "readiness",
    );
  }
  const content: unknown = document.toJS() ?? {};
  if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  throw new UserError(
    {
      what: `${file} is not a kubeconfig`,
      why: "it has no clusters, users and contexts",
      fix: "npm run up -- --config kubeconfig=PATH",
    },
    "readiness",
  );
}

/** PowerShell writes redirected output as UTF-16. */
function decoded(text: Buffer): string {
  const isUtf16 = text[0] === 0xff && text[1] === 0xfe;
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(text);
}

function unreadable(file: string, error: Error): Problem {
  return {
    what: `the kubeconfig ${file} can't be read`,
    why: error.message,
    fix: "npm run up -- --config kubeconfig=PATH   (or set KUBECONFIG)",
  };
}

function add(config: Kubeconfig, file: string, content: Record<string, unknown>): void {
  for (const kind of ["cluster", "context", "user"] as const) {
    const list = content[`${kind}s`];
    for (const one of Array.isArray(list) ? list : []) {
      const name: unknown = one?.name;
      if (typeof name !== "string" || config[kind].has(name)) continue;
      config[kind].set(name, { name, file, fields: one[kind] ?? {} });
    }
  }
}

function onlyContext(config: Kubeconfig, name: string, files: string): string {
  const context = config.context.get(name);
  if (!context) {
    const names = [...config.context.keys()];
    throw new UserError(
      {
        what: `context = "${name}" is not in ${files}`,
        why: names.length > 0 ? `it has: ${names.join(", ")}` : "it has no contexts",
        fix: setCommand("context", names[0] ?? "NAME"),
      },
      "readiness",
    );
  }
  const cluster = referred(config, context, "cluster", files);
  const user = referred(config, context, "user", files);
  if (cluster === undefined) throw withoutServer(context, `context "${name}"`, "names no cluster");
  if (!cluster.fields.server) throw withoutServer(cluster, `cluster "${cluster.name}"`, "has no server");

  const problems: Problem[] = [];
  const ofCluster = { ...cluster.fields, ...withFiles(cluster, "cluster", problems) };
  const server = withScheme(String(cluster.fields.server), ofCluster);
  // kubectl does not send credentials without TLS, so it does not read them either.
  const anonymous =
    user === undefined || (server.startsWith("http:") && cluster.fields["insecure-skip-tls-verify"] !== true);
  const ofUser = anonymous ? impersonation(user) : checkedUser(user, problems);
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { ...context.fields, cluster: cluster.name, user: user?.name ?? "" } }],
    clusters: [{ name: cluster.name, cluster: { ...ofCluster, server } }],
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
  throw new UserError(
    {
      what: `context = "${context.name}" names the ${kind} "${name}", which is not in ${files}`,
      why: names.length > 0 ? `it has these ${kind}s: ${names.join(", ")}` : `it has no ${kind}s`,
      fix: `kubectl --kubeconfig ${quoted(context.file)} config set-context ${quoted(context.name)} --${kind}=NAME`,
    },
    "readiness",
  );
}

function withoutServer({ file }: Entry, what: string, why: string): UserError {
  return new UserError(
    {
      what: `${what} in ${file} ${why}`,
      why: "a context needs a cluster, and a cluster the address of its API server",
      fix: `kubectl --kubeconfig ${quoted(file)} config set-cluster NAME --server=https://HOST:PORT`,
    },
    "readiness",
  );
}

/** An address without a scheme is HTTPS if the cluster has TLS fields. */
function withScheme(server: string, cluster: Record<string, unknown>): string {
  const trimmed = server.replace(/\/+$/, "");
  if (/^https?:\/\//.test(trimmed)) return trimmed;
  const tls = cluster["certificate-authority-data"] ?? cluster["insecure-skip-tls-verify"];
  return `${tls ? "https" : "http"}://${trimmed}`;
}

function impersonation(user: Entry | undefined): Record<string, unknown> {
  const fields = Object.entries(user?.fields ?? {});
  return Object.fromEntries(fields.filter(([key]) => /^as(-|$)/.test(key)));
}
