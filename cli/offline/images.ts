import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { mirrored } from "../../stack/monitoring/images.ts";
import type { Plan } from "../../stack/plan.ts";
import { engineImages } from "../../stack/preflight/sources.ts";
import type { OutputValues } from "../pulumi/outputs.ts";

const exec = promisify(execFile);

/** An image that the stack runs or needs for its build. */
export interface BundledImage {
  /** Such as `grafana/loki:2.9.17`. */
  readonly reference: string;
  /** `sha256:…` in the image's registry; empty if it has none. */
  readonly digest: string;
  /** Where the image is pulled. */
  readonly neededBy: "cluster" | "engine";
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
  const api = new ClusterClient(kubeconfig).makeApiClient(CoreV1Api);
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
    .map(([reference, digest]) => ({ reference, digest, neededBy: "cluster" }));
}

async function engineImage(reference: string): Promise<BundledImage> {
  const digest = await exec("docker", ["image", "inspect", "--format", "{{index .RepoDigests 0}}", reference])
    .then(({ stdout }) => stdout.trim().split("@")[1] ?? "")
    .catch(() => "");
  return { reference, digest, neededBy: "engine" };
}

/** Writes the images to a file for `docker load`, and pulls those that are missing in the engine. */
export async function saveImages(images: readonly BundledImage[], file: string): Promise<void> {
  const references = images.map(({ reference }) => reference);
  for (const reference of references) {
    const inspected = exec("docker", ["image", "inspect", reference]);
    await inspected.catch(() => exec("docker", ["pull", "--quiet", reference]));
  }
  await exec("docker", ["save", "--output", file, ...references]);
}
