// The chart's images and their keys in its values, so that settings can pull all of them from a
// mirror and pin them by digest.
import { type Digests, digestOf, imageReference, withoutRegistry } from "../server/digests.ts";

/** Loki 2.6.1 of the chart fails Grafana 10's health check; 3.x refuses the chart's configuration. */
export const lokiVersion = "2.9.17";

/** An image of the chart. */
interface ChartImage {
  /** Path of its map in the values. */
  readonly at: readonly string[];
  /** The chart's repository, with its registry. */
  readonly repository: string;
  /** The chart's tag, except for Loki. */
  readonly tag: string;
  /** Whether the map has a separate key for the registry. */
  readonly registryKey?: true;
  /** The map's keys for a digest. An image without such a key gets the digest after its tag. */
  readonly digest?: (digest: string) => Readonly<Record<string, string>>;
}

const bareSha = (digest: string) => ({ sha: digest.replace("sha256:", "") });
const fullSha = (digest: string) => ({ sha: digest });
const ownKey = (digest: string) => ({ digest });

export const grafanaImage: ChartImage = {
  at: ["grafana", "image"],
  repository: "docker.io/grafana/grafana",
  tag: "10.3.3",
  digest: bareSha,
};

export const chartImages: readonly ChartImage[] = [
  { at: ["loki", "image"], repository: "docker.io/grafana/loki", tag: lokiVersion },
  { at: ["promtail", "image"], repository: "docker.io/grafana/promtail", tag: "3.5.1", registryKey: true },
  grafanaImage,
  {
    at: ["grafana", "sidecar", "image"],
    repository: "quay.io/kiwigrid/k8s-sidecar",
    tag: "1.19.2",
    digest: bareSha,
  },
  {
    at: ["grafana", "initChownData", "image"],
    repository: "docker.io/library/busybox",
    tag: "1.31.1",
    digest: bareSha,
  },
  {
    at: ["prometheus", "server", "image"],
    repository: "quay.io/prometheus/prometheus",
    tag: "v2.41.0",
    digest: ownKey,
  },
  {
    at: ["prometheus", "configmapReload", "prometheus", "image"],
    repository: "docker.io/jimmidyson/configmap-reload",
    tag: "v0.8.0",
    digest: ownKey,
  },
  {
    at: ["prometheus", "alertmanager", "image"],
    repository: "quay.io/prometheus/alertmanager",
    tag: "v0.25.0",
  },
  {
    at: ["prometheus", "kube-state-metrics", "image"],
    repository: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
    tag: "v2.8.0",
    digest: bareSha,
  },
  {
    at: ["prometheus", "prometheus-node-exporter", "image"],
    repository: "quay.io/prometheus/node-exporter",
    tag: "v1.5.0",
    digest: fullSha,
  },
  {
    at: ["prometheus", "prometheus-pushgateway", "image"],
    repository: "docker.io/prom/pushgateway",
    tag: "v1.5.1",
  },
];

/** Where images are pulled from. */
export interface ImageSource {
  /** Registry, and path, to pull every image from. @default each image's own */
  readonly imageMirror?: string | undefined;
  /** Digests to pin images by. @default none */
  readonly digests?: Digests | undefined;
}

/**
 * The reference in a mirror, which keeps each image's path: `quay.io/prometheus/prometheus:v2` in
 * the mirror `m.example/hub` is `m.example/hub/prometheus/prometheus:v2`.
 */
export function mirrored(reference: string, mirror: string | undefined): string {
  if (mirror === undefined) return reference;
  return `${mirror}/${withoutRegistry(imageReference(reference))}`;
}

/** Sets the mirror and digest of every image of the chart. */
export function withImages(
  values: Record<string, unknown>,
  { imageMirror, digests = new Map() }: ImageSource,
): Record<string, unknown> {
  const result = structuredClone(values);
  for (const image of chartImages) {
    const { repository, tag, registryKey } = image;
    const digest = digestOf(`${repository}:${tag}`, digests);
    const keys = {
      ...(imageMirror === undefined ? {} : place(mirrored(repository, imageMirror), registryKey)),
      ...(digest === undefined ? {} : (image.digest?.(digest) ?? { tag: `${tag}@${digest}` })),
    };
    if (Object.keys(keys).length > 0) Object.assign(mapAt(result, image.at), keys);
  }
  return result;
}

function place(repository: string, registryKey: true | undefined): Record<string, string> {
  if (!registryKey) return { repository };
  const [registry = "", ...rest] = repository.split("/");
  return { registry, repository: rest.join("/") };
}

/** The map at a path of the values, created if missing. */
export function mapAt(
  values: Record<string, unknown>,
  [key, ...rest]: readonly string[],
): Record<string, unknown> {
  if (key === undefined) return values;
  values[key] ??= {};
  return mapAt(values[key] as Record<string, unknown>, rest);
}
