import { stringify } from "yaml";
import type { Login } from "../preflight/credentials.ts";

/**
 * k3s' registries.yaml (https://docs.k3s.io/installation/private-registry). Images of the local
 * registry are pulled over the containers' network, others through the user's mirrors and logins.
 */
export function registriesYaml(
  registryPort: number,
  mirrors: Readonly<Record<string, readonly string[]>>,
  logins: Readonly<Record<string, Login>> = {},
): string {
  const own = { [`127.0.0.1:${registryPort}`]: { endpoint: ["http://registry:5000"] } };
  const named = Object.entries(mirrors).map(([registry, endpoint]) => [registry, { endpoint }]);
  const configs = Object.fromEntries(Object.entries(logins).map(([host, auth]) => [host, { auth }]));
  return stringify({
    mirrors: { ...own, ...Object.fromEntries(named) },
    ...(Object.keys(configs).length > 0 ? { configs } : {}),
  });
}
