/** A reference to an image by its parts, with what short names leave out. */
interface ImageReference {
  /** `quay.io`; `docker.io` if it names none. */
  readonly registry: string;
  /** `prometheus/prometheus`; Docker Hub's own images are in `library/`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

/** Docker Hub, as references name it. */
export const hub = "docker.io";

/** Reads a reference as Docker does (https://pkg.go.dev/github.com/distribution/reference). */
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

/** The reference without its registry: `prometheus/prometheus:v2.41.0`. */
export function withoutRegistry({ path, tag, digest }: ImageReference): string {
  return `${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
