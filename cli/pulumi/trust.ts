import { writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { ensureStateDir } from "./paths.ts";

/**
 * Makes this process and its children trust additional certificate authorities: Pulumi, its plugins
 * and Helm (SSL_CERT_FILE), curl, which downloads Pulumi, and Node.
 */
export function trust(authorities: string): void {
  const all = [...new Set([...systemAuthorities(), authorities])];
  const file = join(ensureStateDir(), "authorities.pem");
  writeFileSync(file, all.join("\n"));
  for (const name of ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) process.env[name] = file;
  // From Node 22.19 and 24.5 on. Older versions need NODE_EXTRA_CA_CERTS when `npm run` starts.
  tls.setDefaultCACertificates?.(all);
}

function systemAuthorities(): string[] {
  return [
    ...(tls.getCACertificates?.("default") ?? tls.rootCertificates),
    ...(tls.getCACertificates?.("system") ?? []),
  ];
}
