import { mirrored } from "../../stack/monitoring/images.ts";
import { hub, imageReference } from "../../stack/server/image-reference.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import type { Place } from "./registry.ts";

/** The address of Docker Hub's registry. */
const hubAddress = "https://registry-1.docker.io";

/** Where the stack pulls an image from, and so where to read its digest. */
export function placeOf(
  reference: string,
  { imageMirror, registryMirrors, cluster }: Pick<Settings, "imageMirror" | "registryMirrors" | "cluster">,
): Place {
  const { registry, path, tag = "latest" } = imageReference(mirrored(reference, imageMirror));
  if (imageMirror !== undefined) {
    // A site's own mirror often has no certificate.
    return { registries: [`https://${registry}`, `http://${registry}`], path, tag };
  }
  const mirrors = cluster === "local" ? (registryMirrors[registry] ?? registryMirrors["*"] ?? []) : [];
  const own = registry === hub ? hubAddress : `${isHere(registry) ? "http" : "https"}://${registry}`;
  return { registries: [...mirrors.map((url) => url.replace(/\/+$/, "")), own], path, tag };
}

/** Like Docker, use plain HTTP for registries on this machine only. */
function isHere(registry: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry);
}
