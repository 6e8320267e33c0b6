import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { type Problem, quoted } from "../errors.ts";

export type Fields = Record<string, unknown>;

/** A named cluster, user or context of a kubeconfig. Its paths are relative to its file. */
export interface Entry {
  readonly kind: "cluster" | "user" | "context";
  readonly name: string;
  readonly file: string;
  readonly fields: Fields;
}

/** A cluster's fields with an inlined certificate and an address that has a scheme. */
export function checkedCluster(cluster: Entry, problems: Problem[]): Fields & { server: string } {
  const { name, file, fields } = cluster;
  const inlined = withFile(cluster, fields, "certificate-authority", problems);
  const hasAuthority = Boolean(inlined["certificate-authority-data"]);
  const isUnverified = fields["insecure-skip-tls-verify"];
  if (hasAuthority && isUnverified === true) {
    problems.push({
      what: `the cluster "${name}" has insecure-skip-tls-verify and a certificate-authority`,
      why: `${file}: kubectl refuses to use both`,
      fix: `kubectl --kubeconfig ${quoted(file)} config unset ${quoted(`clusters.${name}.insecure-skip-tls-verify`)}`,
    });
  }
  const server = String(fields.server).replace(/\/+$/, "");
  if (/^https?:\/\//.test(server)) return { ...inlined, server };
  return { ...inlined, server: `${hasAuthority || isUnverified ? "https" : "http"}://${server}` };
}

/** A user's fields with inlined certificates and absolute paths. Reports what kubectl would refuse. */
export function checkedUser(user: Entry, problems: Problem[]): Fields {
  let fields = user.fields;
  for (const key of ["client-certificate", "client-key"]) fields = withFile(user, fields, key, problems);
  const { tokenFile, token, exec } = fields;
  if (typeof tokenFile === "string" && tokenFile !== "") {
    // kubectl prefers the file and falls back to the token.
    const content = readNamed(user, "tokenFile", tokenFile, token ? [] : problems);
    fields = { ...fields, tokenFile: content && resolved(user, tokenFile) };
  }
  if (typeof exec !== "object" || exec === null) return fields;
  return { ...fields, exec: checkedExec(user, exec as Fields, problems) };
}

function resolved({ file }: Entry, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

/** Fields with a PEM file inlined as its `-data` field. */
function withFile(entry: Entry, fields: Fields, key: string, problems: Problem[]): Fields {
  const { [key]: file, ...others } = fields;
  if (others[`${key}-data`] || typeof file !== "string" || file === "") return others;
  const content = readNamed(entry, key, file, problems);
  return content ? { ...others, [`${key}-data`]: content.toString("base64") } : others;
}

const words: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

/** The content of a file named in a kubeconfig. Adds a problem and returns undefined if it can't be read. */
function readNamed(entry: Entry, key: string, file: string, problems: Problem[]): Buffer | undefined {
  const path = resolved(entry, file);
  let why = "it is empty";
  try {
    const content = readFileSync(path);
    if (content.toString().trim() !== "") return content;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    why = words[code] ?? message;
  }
  problems.push({
    what: `${key} of the ${entry.kind} "${entry.name}" can't be used`,
    why: `${path}: ${why} (named in ${entry.file})`,
    fix: `restore the file, or log in to the cluster again to rewrite ${quoted(entry.file)}`,
  });
  return undefined;
}

const apiGroup = "client.authentication.k8s.io";

/** Pulumi's provider and kubectl refuse plugins of other API versions. */
function checkedExec(user: Entry, exec: Fields, problems: Problem[]): Fields {
  const { apiVersion, command = "", interactiveMode } = exec;
  const isV1 = apiVersion === `${apiGroup}/v1`;
  const wrong =
    command === ""
      ? ["it names no command", "--exec-command=COMMAND"]
      : !isV1 && apiVersion !== `${apiGroup}/v1beta1`
        ? [
            `apiVersion = "${apiVersion ?? ""}", allowed are ${apiGroup}/v1 and ${apiGroup}/v1beta1`,
            `--exec-api-version=${apiGroup}/v1beta1   (for EKS: aws eks update-kubeconfig)`,
          ]
        : isV1 && interactiveMode === undefined
          ? [`interactiveMode is missing, which ${apiGroup}/v1 needs`, "--exec-interactive-mode=IfAvailable"]
          : undefined;
  if (wrong) {
    problems.push({
      what: `the exec plugin of the user "${user.name}" can't be used`,
      why: `${user.file}: ${wrong[0]}`,
      fix: `kubectl --kubeconfig ${quoted(user.file)} config set-credentials ${quoted(user.name)} ${wrong[1]}`,
    });
  }
  // A command with a slash is relative to its kubeconfig; one without is searched for in PATH.
  return { ...exec, command: /[/\\]/.test(String(command)) ? resolved(user, String(command)) : command };
}
