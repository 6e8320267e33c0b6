import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Command } from "commander";
import { all, firstLineOf, UserError } from "../../stack/errors.ts";
import { hub, imageReference, mirrored } from "../../stack/images.ts";
import { writeMaintainedChart } from "../../stack/preflight/maintained-chart.ts";
import { pulledImages } from "../../stack/preflight/sources.ts";
import { fetchThroughProxy } from "../../stack/proxy.ts";
import type { Settings } from "../../stack/settings/schema.ts";
import { type CommonOptions, configOption, planOf } from "../options.ts";
import { outputFile, root } from "../pulumi/paths.ts";
import { parseAssignments } from "../pulumi/stack-file.ts";
import { exitCodes, say, sayResult, styled } from "../terminal/say.ts";

export const define = (command: Command) =>
  command
    .option("-o, --out <file>", "the file to write; an existing one is replaced", "images.lock")
    .addOption(configOption("a setting for this list only, such as imageMirror=HOST (repeatable)"));

/**
 * Writes the list for the setting `imageDigests`, either completely or not at all. It queries
 * registries rather than the running stack, because the list is needed before the first `up`.
 */
export async function run(options: CommonOptions & { out: string; config: string[] }): Promise<number> {
  const { stack, out, config } = options;
  const { settings } = planOf(stack, parseAssignments(config));
  const images = await all(
    pulledImages(settings).map((reference) => async () => {
      const digest = await digestOfImage(placeOf(reference, settings)).catch(({ message }: Error) => {
        throw new UserError({
          what: `the digest of ${reference} can't be read`,
          why: message,
          fix: "check the name and the network, or use a mirror: npm run pin -- --config imageMirror=HOST",
        });
      });
      return { reference, digest };
    }),
  );
  const charts = settings.versions === "maintained" ? await writeMaintainedChart({ settings, root }) : [];
  const file = outputFile(out);
  const lines = [...images, ...charts].map(
    ({ reference, digest }) => `${reference}${imageReference(reference).tag ? "" : ":latest"}@${digest}\n`,
  );
  writeFileSync(file, `# Written by npm run pin, for the setting imageDigests.\n${lines.join("")}`);
  const setting = relative(root, file).startsWith("..") ? file : relative(root, file);
  sayResult({ stack, file, images, charts }, () => {
    say(
      `${styled(["green", "bold"], file)}: ${images.length} images${charts.length > 0 ? ` and ${charts.length} charts` : ""} with their digests`,
    );
    say(`to use them:  npm run up -- --config imageDigests=${setting}`);
  });
  return exitCodes.ok;
}

/** Where to read an image's digest. */
interface Place {
  /** Base URLs to try in order, such as `https://quay.io`. */
  readonly registries: readonly string[];
  /** `prometheus/prometheus` */
  readonly path: string;
  /** `v2.41.0` */
  readonly tag: string;
}

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
  // Like Docker, use plain HTTP for registries on this machine only.
  const scheme = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry) ? "http" : "https";
  const own = `${scheme}://${registry === hub ? "registry-1.docker.io" : registry}`;
  return { registries: [...mirrors.map((url) => url.replace(/\/+$/, "")), own], path, tag };
}

/**
 * An image's `sha256:…`, without pulling the image (https://distribution.github.io/distribution/spec/api/).
 * Throws the errors of all its registries.
 */
export async function digestOfImage({ registries, path, tag }: Place): Promise<string> {
  const answers: string[] = [];
  for (const registry of registries) {
    try {
      return await digestAt(`${registry}/v2/${path}/manifests/${tag}`);
    } catch (error) {
      answers.push(`${registry}: ${firstLineOf(error)}`);
    }
  }
  throw new Error(answers.join("; "));
}

async function digestAt(url: string): Promise<string> {
  let response = await get(url);
  const challenge = response.headers.get("www-authenticate") ?? "";
  // Even public registries require a token, which they give to anyone.
  if (response.status === 401 && /^bearer /i.test(challenge)) {
    await response.body?.cancel();
    response = await get(url, { authorization: `Bearer ${await anonymousToken(challenge)}` });
  }
  if (!response.ok) throw new Error(`it returned ${response.status}`);
  const content = Buffer.from(await response.arrayBuffer());
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const named = response.headers.get("docker-content-digest");
  if (named !== null && named !== digest)
    throw new Error(`the digest of its manifest is ${digest}, but it reports ${named}`);
  return digest;
}

/** `Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"` */
async function anonymousToken(challenge: string): Promise<string> {
  const { realm, ...parameters } = Object.fromEntries(
    [...challenge.matchAll(/(realm|service|scope)="([^"]+)"/g)].map(([, name, value]) => [name, value]),
  );
  if (!URL.canParse(realm)) throw new Error("it requires a login but does not say where");
  const url = new URL(realm);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
  const response = await get(url);
  if (!response.ok) throw new Error(`it requires a login (${url.host} returned ${response.status})`);
  const { token, access_token: other } = (await response.json()) as { token?: string; access_token?: string };
  return token ?? other ?? "";
}

/** Prefers an index, if there is one: its digest is valid for all platforms. */
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

function get(url: string | URL, headers: Record<string, string> = {}): Promise<Response> {
  return fetchThroughProxy(url, { headers: { accept, ...headers }, signal: AbortSignal.timeout(20_000) });
}
