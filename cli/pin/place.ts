import { mirrored } from "../../stack/monitoring/images.ts";
import { hub, imageReference } from "../../stack/server/image-reference.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import type { Place } from "./registry.ts";

/** Docker Hub's images are served under another name. */
const hubAddress = "https://registry-1.docker.io";

/** Where the stack will pull an image from, and so where its digest is asked for. */
export function placeOf(
  reference: string,
  { imageMirror, registryMirrors, cluster }: Pick<Settings, "imageMirror" | "registryMirrors" | "cluster">,
): Place {
  const { registry, path, tag = "latest" } = imageReference(mirrored(reference, imageMirror));
  if (imageMirror !== undefined) {
    // The site's own, named on purpose, and often without a certificate.
    return { registries: [`https://${registry}`, `http://${registry}`], path, tag };
  }
  const mirrors = cluster === "local" ? (registryMirrors[registry] ?? registryMirrors["*"] ?? []) : [];
  const own = registry === hub ? hubAddress : `${isHere(registry) ? "http" : "https"}://${registry}`;
  return { registries: [...mirrors.map((url) => url.replace(/\/+$/, "")), own], path, tag };
}

/** Docker, too, speaks plain HTTP to this machine alone. */
function isHere(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry);
}
