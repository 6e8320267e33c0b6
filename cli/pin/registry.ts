// Reads the current digest of an image from its registry, without pulling the image
// (https://distribution.github.io/distribution/spec/api/).
import { createHash } from "node:crypto";
import { firstLineOf } from "../../stack/errors.ts";
import { fetchThroughProxy } from "../../stack/through-proxy.ts";
/** Where to read an image's digest. */
export interface Place {
  /** Base URLs to try in order, such as `https://quay.io`. */
  readonly registries: readonly string[];
  /** `prometheus/prometheus` */
  readonly path: string;
  /** `v2.41.0` */
  readonly tag: string;
}

/** Prefers an index, if there is one: its digest is valid for all platforms. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const timeoutSeconds = 20;

/** An image's `sha256:…`. Throws the errors of all its registries. */
export async function digestOfImage(place: Place): Promise<string> {
  const answers: string[] = [];
  for (const registry of place.registries) {
    try {
      return await digestAt(`${registry}/v2/${place.path}/manifests/${place.tag}`);
    } catch (error) {
      answers.push(`${registry}: ${firstLineOf(error)}`);
    }
  }
  throw new Error(answers.join("; "));
}

async function digestAt(url: string): Promise<string> {
  const response = await get(url);
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  const digest = `sha256:${createHash("sha256")
    .update(Buffer.from(await response.arrayBuffer()))
    .digest("hex")}`;
  const named = response.headers.get("docker-content-digest");
  if (named !== null && named !== digest)
    throw new Error(`the digest of its manifest is ${digest}, but it reports ${named}`);
  return digest;
}

/** Even public registries require a token, which they give to anyone. */
async function get(url: string): Promise<Response> {
  const response = await fetchInTime(url);
  const challenge = response.headers.get("www-authenticate") ?? "";
  if (response.status !== 401 || !/^bearer /i.test(challenge)) return response;
  await response.body?.cancel();
  return fetchInTime(url, await anonymousToken(challenge));
}

function fetchInTime(url: string, token?: string): Promise<Response> {
  return fetchThroughProxy(url, {
    headers: { accept: manifestTypes, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
}

/** `Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"` */
async function anonymousToken(challenge: string): Promise<string> {
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const { realm, service, scope } = parameters;
  if (!realm || !URL.canParse(realm)) throw new Error("it requires a login but does not say where");
  const url = new URL(realm);
  if (service) url.searchParams.set("service", service);
  if (scope) url.searchParams.set("scope", scope);
  const response = await fetchThroughProxy(url, { signal: AbortSignal.timeout(timeoutSeconds * 1000) });
  if (!response.ok) throw new Error(`it requires a login (${url.host} answered ${response.status})`);
  const { token, access_token: other } = (await response.json()) as { token?: string; access_token?: string };
  return token ?? other ?? "";
}
