import { writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { ensureStateDir } from "./paths.ts";

/**
 * Makes this process and what it starts trust certificate authorities besides those they know:
 * Pulumi, its plugins and Helm (SSL_CERT_FILE), curl, which downloads Pulumi, and Node.
 */
export function trust(authorities: string): void {
  const all = [...new Set([...systems(), authorities])];
  const file = join(ensureStateDir(), "authorities.pem");
  writeFileSync(file, all.join("\n"));
  for (const name of ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) process.env[name] = file;
  // From Node 22.19 and 24.5 on; before, `npm run` has to be started with NODE_EXTRA_CA_CERTS.
  tls.setDefaultCACertificates?.(all);
}

function systems(): string[] {
  return [
    ...(tls.getCACertificates?.("default") ?? tls.rootCertificates),
    ...(tls.getCACertificates?.("system") ?? []),
  ];
}
