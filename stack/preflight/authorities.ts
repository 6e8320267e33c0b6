import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

/** The certificates in the file of the setting `caFile`, as PEM. */
export function readAuthorities({ settings, root }: Pick<Plan, "settings" | "root">): string | undefined {
  const { caFile } = settings;
  if (caFile === undefined) return undefined;
  const path = caFile.startsWith("~/") ? join(homedir(), caFile.slice(2)) : caFile;
  const file = isAbsolute(path) ? path : resolve(root, path);
  const problem = (why: string) =>
    new UserError(
      {
        what: `caFile = "${caFile}" is not a file of certificates`,
        why,
        fix: "npm run up -- --config caFile=PATH   (one or more certificates in PEM)",
      },
      "readiness",
    );
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw problem((error as Error).message);
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw problem(`${file} has no line -----BEGIN CERTIFICATE-----`);
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw problem((error as Error).message);
    }
  }
  return `${certificates.join("\n")}\n`;
}
