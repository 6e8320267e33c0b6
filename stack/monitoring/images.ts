// The keys of images in the values, so that settings can pull all of them from a
// mirror and pin them by digest.
import { type Digests, digestOf, imageReference, withoutRegistry } from "../server/digests.ts";
import { images, type Versions } from "./versions.ts";

/** Where images are pulled from. */
export interface ImageSource {
  /** Registry, and path, to pull every image from. @default each image's own */
  readonly imageMirror?: string | undefined;
  /** Digests to pin images by. @default none */
  readonly digests?: Digests | undefined;
}

/** What a chart's map of an image has in addition to `repository` and `tag`. */
interface Keys {
  /** Whether the registry has a key of its own. */
  readonly registry?: true;
  /** The keys for a digest. An image without such a key gets the digest after its tag. */
  readonly digest?: (digest: string) => Readonly<Record<string, string>>;
}

const bareSha = (digest: string) => ({ sha: digest.replace("sha256:", "") });
const fullSha = (digest: string) => ({ sha: digest });
const ownKey = (digest: string) => ({ digest });

/** By the start of the image's path. */
const keysAt: Readonly<Record<Versions, Readonly<Record<string, Keys>>>> = {
  chart: {
    promtail: { registry: true },
    grafana: { digest: bareSha },
    "prometheus.server": { digest: ownKey },
    "prometheus.configmapReload": { digest: ownKey },
    "prometheus.kube-state-metrics": { digest: bareSha },
    "prometheus.prometheus-node-exporter": { digest: fullSha },
  },
  maintained: {
    loki: { registry: true, digest: ownKey },
    "opentelemetry-collector": { digest: ownKey },
    grafana: { registry: true, digest: bareSha },
    "prometheus.server": { digest: ownKey },
    "prometheus.configmapReload": { digest: ownKey },
    "prometheus.kube-state-metrics": { registry: true, digest: fullSha },
    "prometheus.prometheus-node-exporter": { registry: true, digest: ownKey },
  },
};

/**
 * The reference in a mirror, which keeps each image's path: `quay.io/prometheus/prometheus:v2` in
 * the mirror `m.example/hub` is `m.example/hub/prometheus/prometheus:v2`.
 */
export function mirrored(reference: string, mirror: string | undefined): string {
  if (mirror === undefined) return reference;
  return `${mirror}/${withoutRegistry(imageReference(reference))}`;
}

/** Sets the tag, mirror and digest of every image. */
export function withImages(
  values: Record<string, unknown>,
  versions: Versions,
  { imageMirror, digests = new Map() }: ImageSource,
): Record<string, unknown> {
  const result = structuredClone(values);
  for (const { at, reference } of images[versions]) {
    const { registry, path, tag = "" } = imageReference(reference);
    const digest = digestOf(reference, digests);
    const [, keys] = Object.entries(keysAt[versions]).find(([start]) => at.startsWith(`${start}.`)) ?? [];
    const place = { registry: imageMirror ?? registry, repository: path };
    Object.assign(
      mapAt(result, at),
      keys?.registry ? place : { repository: `${place.registry}/${path}` },
      digest === undefined ? { tag } : { tag, ...(keys?.digest?.(digest) ?? { tag: `${tag}@${digest}` }) },
    );
  }
  return result;
}

/** The map at a path of the values, created if missing. */
export function mapAt(values: Record<string, unknown>, path: string): Record<string, unknown> {
  return path.split(".").reduce((map, key) => {
    map[key] ??= {};
    return map[key] as Record<string, unknown>;
  }, values);
}
