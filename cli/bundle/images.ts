import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { mirrored } from "../../stack/monitoring/images.ts";
import type { Plan } from "../../stack/plan.ts";
import { emptyImage } from "../../stack/server/digests.ts";
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
export async function imagesOf(plan: Plan, outputs: OutputValues): Promise<BundledImage[]> {
  const { settings } = plan;
  const { cluster, k3sImage, registryImage, nodeImage, baseImage } = settings;
  const ofEngine = [
    ...(cluster === "local" ? [k3sImage, registryImage] : []),
    nodeImage,
    ...(baseImage === emptyImage ? [] : [baseImage]),
  ];
  const [inCluster, inEngine] = await Promise.all([
    clusterImages(plan, outputs),
    Promise.all(ofEngine.map((reference) => engineImage(mirrored(reference, settings.imageMirror)))),
  ]);
  const own = outputs.image.split("@")[0] ?? "";
  return [...inCluster.filter(({ reference }) => !reference.startsWith(own)), ...inEngine];
}

async function clusterImages({ settings }: Plan, outputs: OutputValues): Promise<BundledImage[]> {
  const api = new ClusterClient(outputs.kubeconfig).makeApiClient(CoreV1Api);
  // An existing cluster already has the images of its system pods; a local one needs them.
  const lists =
    settings.cluster === "local"
      ? [await api.listPodForAllNamespaces()]
      : await Promise.all(
          Object.values(outputs.namespaces).map((namespace) => api.listNamespacedPod({ namespace })),
        );
  const found = new Map<string, string>();
  for (const pod of lists.flatMap(({ items }) => items)) {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    for (const { name, image } of specs) {
      const id = statuses.find((one) => one.name === name)?.imageID ?? "";
      if (image !== undefined) found.set(image, id.split("@")[1] ?? "");
    }
  }
  if (settings.cluster === "local") await addPause(api, found);
  return [...found]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([reference, digest]) => ({ reference, digest, neededBy: "cluster" }));
}

/** Adds the pause image, which is only in the node's list of images. */
async function addPause(api: CoreV1Api, found: Map<string, string>): Promise<void> {
  const { items } = await api.listNode();
  for (const { names = [] } of items.flatMap(({ status }) => status?.images ?? [])) {
    const tagged = names.find((name) => /pause:/.test(name));
    const digest = names.find((name) => /pause@/.test(name))?.split("@")[1] ?? "";
    if (tagged !== undefined) found.set(tagged, digest);
  }
}

async function engineImage(reference: string): Promise<BundledImage> {
  const digest = await exec("docker", ["image", "inspect", "--format", "{{index .RepoDigests 0}}", reference])
    .then(({ stdout }) => stdout.trim().split("@")[1] ?? "")
    .catch(() => "");
  return { reference, digest, neededBy: "engine" };
}

/** Writes the images to a file for `docker load`. */
export async function saveImages(images: readonly BundledImage[], file: string): Promise<void> {
  for (const { reference } of images) {
    const present = await exec("docker", ["image", "inspect", reference]).then(
      () => true,
      () => false,
    );
    if (!present) await exec("docker", ["pull", "--quiet", reference]);
  }
  await exec("docker", ["save", "--output", file, ...images.map(({ reference }) => reference)]);
}
