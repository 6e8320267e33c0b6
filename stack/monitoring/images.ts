// The keys of images in the values, so that settings can pull all of them from a
// mirror and pin them by digest.
import { type Digests, digestOf, imageReference, withoutRegistry } from "../server/digests.ts";

/** An image of a chart. */
export interface ChartImage {
  /** Path of its map in the values. */
  readonly at: readonly string[];
  /** The chart's repository, with its registry. */
  readonly repository: string;
  readonly tag: string;
  /** Whether the values name the tag, because the chart's differs. @default the chart's tag */
  readonly tagInValues?: true;
  /** The year, month or day in which its support ended, or will end. @default it is the newest version */
  readonly supportedUntil?: string;
  /** Whether the map has a separate key for the registry. */
  readonly registryKey?: true;
  /** The map's keys for a digest. An image without such a key gets the digest after its tag. */
  readonly digest?: (digest: string) => Readonly<Record<string, string>>;
}

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

/** Sets the tag, mirror and digest of every image where they differ from the chart's. */
export function withImages(
  values: Record<string, unknown>,
  images: readonly ChartImage[],
  { imageMirror, digests = new Map() }: ImageSource,
): Record<string, unknown> {
  const result = structuredClone(values);
  for (const image of images) {
    const { repository, tag, tagInValues, registryKey } = image;
    const digest = digestOf(`${repository}:${tag}`, digests);
    const keys = {
      ...(tagInValues ? { tag } : {}),
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
