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

/** Docker's name for the empty base image, which is never pulled. */
export const emptyImage = "scratch";
