import { mirrored } from "../../stack/monitoring/images.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import type { Place } from "./registry.ts";

/** Docker Hub's images are served under another name. */
const hub = { name: "docker.io", address: "https://registry-1.docker.io" };

/** Where the stack will pull an image from, and so where its digest is asked for. */
export function placeOf(
  reference: string,
  { imageMirror, registryMirrors, cluster }: Pick<Settings, "imageMirror" | "registryMirrors" | "cluster">,
): Place {
  // Moved to a registry, real or not, every reference has its full path.
  const full = mirrored(reference, imageMirror ?? registryOf(reference));
  const [registry = "", ...rest] = full.split("/");
  const [, path = "", tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(rest.join("/")) ?? [];
  if (imageMirror !== undefined) {
    // The site's own, named on purpose, and often without a certificate.
    return { registries: [`https://${registry}`, `http://${registry}`], path, tag };
  }
  const mirrors = cluster === "local" ? (registryMirrors[registry] ?? registryMirrors["*"] ?? []) : [];
  const own = registry === hub.name ? hub.address : `${isHere(registry) ? "http" : "https"}://${registry}`;
  return { registries: [...mirrors.map((url) => url.replace(/\/+$/, "")), own], path, tag };
}

function registryOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : hub.name;
}

/** Docker, too, speaks plain HTTP to this machine alone. */
function isHere(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry);
}
