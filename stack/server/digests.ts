import { imageReference, withoutRegistry } from "./image-reference.ts";

/** The digest of each image, by its path and tag: `prometheus/prometheus:v2.41.0`. */
export type Digests = ReadonlyMap<string, string>;

const line = /^(\S+:[\w.-]+)@(sha256:[0-9a-f]{64})$/;

/**
 * Reads a list of images as `npm run pin` and `npm run bundle` write it: reference
 * and digest, a line each. Lines without a digest are no pins, and empty ones and
 * comments nothing.
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

/** The digest of an image, which is the same in every registry that has a copy of it. */
export function digestOf(reference: string, digests: Digests): string | undefined {
  return digests.get(keyOf(reference));
}

/** A reference with its digest, where it is known: the tag then only tells people the version. */
export function pinned(reference: string, digests: Digests): string {
  const digest = digestOf(reference, digests);
  return digest === undefined || reference.includes("@") ? reference : `${reference}@${digest}`;
}

/** What is the same in every registry that has a copy. */
function keyOf(text: string): string {
  const { tag = "latest", ...reference } = imageReference(text);
  return withoutRegistry({ ...reference, tag: reference.digest === undefined ? tag : undefined });
}

/** Docker's name for no image at all, and the Dockerfile's default base: nothing that could be pulled. */
export const emptyImage = "scratch";
