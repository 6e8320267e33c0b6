import { ClusterClient } from "../../stack/cluster/client.ts";
import { dockerLines } from "../../stack/docker.ts";
import { imageReference, mirrored, withoutRegistry } from "../../stack/images.ts";
import { images as known } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineImages } from "../../stack/preflight/sources.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { type OutputValues, outputsOf } from "../pulumi/outputs.ts";
import { exitCodes, say, sayResult, sayTable, styled } from "../terminal/say.ts";

/** Lists the images that the stack runs, and fails if the support of one of them has ended, as `npm audit` does. */
export async function run({ stack }: CommonOptions): Promise<number> {
  const plan = planOf(stack);
  const found = await imagesOf(plan, await outputsOf(stack));
  const images = found.map(({ reference, digest }) => ({ reference, digest, ...supportOf(reference) }));
  const ended = images.filter((one) => one.ended);
  sayResult({ stack, ok: ended.length === 0, images }, () => {
    sayTable(
      images.map((one) => [
        one.reference.split("@")[0] as string,
        one.ended ? styled("red", `support ended ${one.supportedUntil}`) : styled("dim", textOf(one)),
      ]),
    );
    if (ended.length === 0) return;
    const fix = plan.settings.versions === "chart" ? ": npm run up -- --config versions=maintained" : "";
    say(`\n${styled("red", `${ended.length} of ${images.length} get no security fixes`)}${fix}`);
  });
  return ended.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** The end of an image's support, from the table of versions. The image may be in a mirror. */
export function supportOf(reference: string, today = new Date().toISOString()) {
  const bare = withoutRegistry(imageReference(reference.split("@")[0] as string));
  const image = Object.values(known)
    .flat()
    .find((one) => `/${bare}`.endsWith(`/${withoutRegistry(imageReference(one.reference))}`));
  const { supportedUntil } = image ?? {};
  return {
    /** Whether the table of versions has the image. */
    known: image !== undefined,
    supportedUntil,
    ended: supportedUntil !== undefined && today.slice(0, supportedUntil.length) > supportedUntil,
  };
}

function textOf({ known, supportedUntil }: ReturnType<typeof supportOf>): string {
  if (!known) return "not a part of the monitoring";
  return supportedUntil === undefined
    ? "newest minor version when this release was made"
    : `supported until ${supportedUntil}`;
}

/** An image that the stack runs or needs for its build. */
export interface BundledImage {
  /** Such as `grafana/loki:2.9.17`. */
  readonly reference: string;
  /** `sha256:…` in the image's registry; empty if it has none. */
  readonly digest: string;
}

/** Every image of a running stack with its digest, except the server's, which is built on site. */
export async function imagesOf({ settings }: Plan, outputs: OutputValues): Promise<BundledImage[]> {
  const [inCluster, inEngine] = await Promise.all([
    clusterImages(settings.cluster === "local", outputs),
    Promise.all(engineImages(settings).map((one) => engineImage(mirrored(one, settings.imageMirror)))),
  ]);
  const own = outputs.image.split("@")[0] ?? "";
  return [...inCluster.filter(({ reference }) => !reference.startsWith(own)), ...inEngine];
}

/** An existing cluster already has the images of its system pods; a local one needs them. */
async function clusterImages(
  isLocal: boolean,
  { kubeconfig, namespaces }: OutputValues,
): Promise<BundledImage[]> {
  const api = new ClusterClient(kubeconfig).core;
  const lists = await Promise.all(
    isLocal
      ? [api.listPodForAllNamespaces()]
      : Object.values(namespaces).map((namespace) => api.listNamespacedPod({ namespace })),
  );
  const found = new Map<string, string>();
  for (const { spec, status } of lists.flatMap(({ items }) => items)) {
    const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    for (const { name, image } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      const id = statuses.find((one) => one.name === name)?.imageID;
      if (image !== undefined) found.set(image, id?.split("@")[1] ?? "");
    }
  }
  // The pause image is only in the node's list of images.
  const { items: nodes } = isLocal ? await api.listNode() : { items: [] };
  for (const { names = [] } of nodes.flatMap(({ status }) => status?.images ?? [])) {
    const tagged = names.find((name) => /pause:/.test(name));
    const digest = names.find((name) => /pause@/.test(name))?.split("@")[1] ?? "";
    if (tagged !== undefined) found.set(tagged, digest);
  }
  return [...found]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([reference, digest]) => ({ reference, digest }));
}

async function engineImage(reference: string): Promise<BundledImage> {
  const digest = await dockerLines("image", "inspect", "--format", "{{index .RepoDigests 0}}", reference)
    .then(([first = ""]) => first.split("@")[1] ?? "")
    .catch(() => "");
  return { reference, digest };
}
