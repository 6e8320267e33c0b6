import { stringify } from "yaml";

/**
 * k3s' registries.yaml: images named after the published registry come from
 * its container over the network they share, and others through the mirrors
 * the user names (https://docs.k3s.io/installation/private-registry).
 */
export function registriesYaml(
  registryPort: number,
  mirrors: Readonly<Record<string, readonly string[]>>,
): string {
  const own = { [`127.0.0.1:${registryPort}`]: { endpoint: ["http://registry:5000"] } };
  const named = Object.entries(mirrors).map(([registry, endpoint]) => [registry, { endpoint }]);
  return stringify({ mirrors: { ...own, ...Object.fromEntries(named) } });
}
