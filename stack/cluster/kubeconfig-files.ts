import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Problem } from "../errors.ts";
import { quoted } from "../errors.ts";

/** A named cluster, user or context of a kubeconfig. Its paths are relative to its file. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  readonly fields: Record<string, unknown>;
}

/** Resolves a path in a kubeconfig, relative to its file. */
export function resolved({ file }: Entry, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

const keys = {
  cluster: ["certificate-authority"],
  user: ["client-certificate", "client-key"],
} as const;

const words: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

/**
 * The PEM files of a cluster or user, inlined as `-data` fields. A file that can't be read, or
 * whose content is invalid, is reported by name.
 */
export function withFiles(
  entry: Entry,
  kind: keyof typeof keys,
  problems: Problem[],
): Record<string, string | undefined> {
  const { fields } = entry;
  if (kind === "cluster" && fields["insecure-skip-tls-verify"] === true) refuseAuthority(entry, problems);
  const result: Record<string, string | undefined> = {};
  for (const key of keys[kind]) {
    const data = fields[`${key}-data`];
    const file = fields[key];
    if (typeof data === "string" && data !== "") {
      checkPem(entry, kind, `${key}-data`, Buffer.from(data, "base64"), problems);
    } else if (typeof file === "string" && file !== "") {
      const read = readNamed(entry, kind, key, file, problems);
      if (read) {
        checkPem(entry, kind, key, read, problems);
        result[`${key}-data`] = read.toString("base64");
      }
    }
    result[key] = undefined;
  }
  return result;
}

/** The content of a file named in a kubeconfig. Adds a problem and returns undefined if it can't be read. */
export function readNamed(
  entry: Entry,
  kind: keyof typeof keys,
  key: string,
  file: string,
  problems: Problem[],
): Buffer | undefined {
  const path = resolved(entry, file);
  let why: string;
  try {
    const content = readFileSync(path);
    if (content.toString().trim() !== "") return content;
    why = "it is empty";
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    why = words[code] ?? message;
  }
  problems.push({
    what: `${key} of the ${kind} "${entry.name}" can't be used`,
    why: `${path}: ${why} (named in ${entry.file})`,
    fix: `restore the file, or log in to the cluster again to rewrite ${quoted(entry.file)}`,
  });
  return undefined;
}

function checkPem(
  entry: Entry,
  kind: keyof typeof keys,
  key: string,
  content: Buffer,
  problems: Problem[],
): void {
  const wrong = key.startsWith("client-key") ? wrongKey(entry, content) : wrongCertificate(key, content);
  if (wrong === undefined) return;
  const named = entry.fields[key];
  const where = key.endsWith("-data") ? entry.file : resolved(entry, String(named));
  problems.push({
    what: `${key} of the ${kind} "${entry.name}" can't be used`,
    why: `${where}: ${wrong}`,
    fix: `log in to the cluster again to rewrite ${quoted(entry.file)}`,
  });
}

function wrongCertificate(key: string, content: Buffer): string | undefined {
  try {
    const { validToDate } = new X509Certificate(content);
    // The API server refuses an expired certificate with 401, without a reason.
    if (key.startsWith("client-") && validToDate < new Date()) {
      return `the certificate expired on ${validToDate.toISOString().slice(0, 10)}`;
    }
    return undefined;
  } catch {
    return "it is not a PEM certificate";
  }
}

function wrongKey({ fields, ...entry }: Entry, content: Buffer): string | undefined {
  try {
    const key = createPrivateKey(content);
    const certificate = certificateOf({ fields, ...entry });
    if (certificate && !new X509Certificate(certificate).checkPrivateKey(key)) {
      return "it is not the key of client-certificate";
    }
    return undefined;
  } catch {
    return "it is not a PEM private key without a passphrase";
  }
}

/** The client certificate that belongs to a key, if it can be read. */
function certificateOf(entry: Entry): Buffer | undefined {
  const { "client-certificate-data": data, "client-certificate": file } = entry.fields;
  try {
    const found = data
      ? Buffer.from(String(data), "base64")
      : readFileSync(resolved(entry, String(file ?? "")));
    new X509Certificate(found);
    return found;
  } catch {
    return undefined; // The certificate's own check reports this.
  }
}

/** kubectl and Pulumi's provider refuse both fields together. */
function refuseAuthority({ name, file, fields }: Entry, problems: Problem[]): void {
  const key = ["certificate-authority", "certificate-authority-data"].find((one) => fields[one]);
  if (key === undefined) return;
  problems.push({
    what: `the cluster "${name}" has insecure-skip-tls-verify and ${key}`,
    why: `${file}: kubectl refuses to use both`,
    fix: `kubectl --kubeconfig ${quoted(file)} config unset ${quoted(`clusters.${name}.insecure-skip-tls-verify`)}`,
  });
}
