// References of images: their parts, mirrors and digests, and their keys in the values of the charts.
import { images, type Versions } from "./monitoring/versions.ts";

/** The parts of an image reference, with the defaults of short names filled in. */
interface ImageReference {
  /** Such as `quay.io`. @default docker.io */
  readonly registry: string;
  /** Such as `prometheus/prometheus`; Docker Hub's official images are in `library/`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

/** Docker's name for the empty base image, which is never pulled. */
export const emptyImage = "scratch";

/** Docker Hub's name in references. */
export const hub = "docker.io";

/** Parses a reference by Docker's rules (https://pkg.go.dev/github.com/distribution/reference). */
export function imageReference(text: string): ImageReference {
  const [first = "", ...rest] = text.split("/");
  const namesRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const registry = namesRegistry ? first : hub;
  const [, path = "", tag, digest] =
    /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/.exec(namesRegistry ? rest.join("/") : text) ?? [];
  return {
    registry,
    path: registry === hub && !path.includes("/") ? `library/${path}` : path,
    tag,
    digest,
  };
}

/** The reference without its registry, such as `prometheus/prometheus:v2.41.0`. */
export function withoutRegistry({ path, tag, digest }: ImageReference): string {
  return `${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/**
 * The reference in a mirror, which keeps each image's path: `quay.io/prometheus/prometheus:v2` in
 * the mirror `m.example/hub` is `m.example/hub/prometheus/prometheus:v2`.
 */
export function mirrored(reference: string, mirror: string | undefined): string {
  if (mirror === undefined) return reference;
  return `${mirror}/${withoutRegistry(imageReference(reference))}`;
}

/** The digest of each image, by its path and tag: `prometheus/prometheus:v2.41.0`. */
export type Digests = ReadonlyMap<string, string>;

const line = /^(\S+:[\w.-]+)@(sha256:[0-9a-f]{64})$/;

/**
 * Reads a list of images as written by `npm run pin` and `npm run bundle`: one reference with
 * digest per line. Ignores empty lines, comments and lines without a digest.
 */
export function readDigests(text: string): { digests: Digests; wrong: string[] } {
  const digests = new Map<string, string>();
  const wrong: string[] = [];
  for (const each of text.split("\n").map((one) => one.trim())) {
    if (each === "" || each.startsWith("#")) continue;
    const [, reference, digest] = line.exec(each) ?? [];
    if (reference !== undefined && digest !== undefined) digests.set(keyOf(reference), digest);
    else if (/[\s@]/.test(each)) wrong.push(each);
  }
  return { digests, wrong };
}

/** The digest of an image. It is the same in every registry with a copy. */
export function digestOf(reference: string, digests: Digests): string | undefined {
  return digests.get(keyOf(reference));
}

/** Adds the digest to a reference, if known. The tag then only documents the version. */
export function pinned(reference: string, digests: Digests): string {
  const digest = digestOf(reference, digests);
  return digest === undefined || reference.includes("@") ? reference : `${reference}@${digest}`;
}

/** The part of a reference that is the same in every registry. */
function keyOf(text: string): string {
  const { tag = "latest", ...reference } = imageReference(text);
  return withoutRegistry({ ...reference, tag: reference.digest === undefined ? tag : undefined });
}

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
