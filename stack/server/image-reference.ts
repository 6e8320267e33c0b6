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
