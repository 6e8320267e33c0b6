import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";

/** The certificates in the file of the setting `caFile`, as PEM. */
export function readAuthorities({ settings, root }: Pick<Plan, "settings" | "root">): string | undefined {
  const { caFile } = settings;
  if (caFile === undefined) return undefined;
  const file = caFile.startsWith("~/") ? join(homedir(), caFile.slice(2)) : resolve(root, caFile);
  try {
    const certificates =
      readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    if (certificates.length === 0) throw new Error(`${file} has no line -----BEGIN CERTIFICATE-----`);
    for (const certificate of certificates) new X509Certificate(certificate);
    return `${certificates.join("\n")}\n`;
  } catch (error) {
    throw new UserError(
      {
        what: `caFile = "${caFile}" is not a file of certificates`,
        why: (error as Error).message,
        fix: "npm run up -- --config caFile=PATH   (one or more certificates in PEM)",
      },
      "readiness",
    );
  }
}
