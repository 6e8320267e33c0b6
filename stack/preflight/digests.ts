import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { distributions } from "../monitoring/distributions.ts";
import type { Plan } from "../plan.ts";
import { type Digests, digestOf, emptyImage, readDigests } from "../server/digests.ts";

/** Reads the list of digests. Throws if an image has none: it would be pulled unpinned without notice. */
export function findDigests({ settings, root, stack }: Plan): Digests | undefined {
  const { imageDigests } = settings;
  if (imageDigests === undefined) return undefined;
  const what = `imageDigests = "${imageDigests}"`;
  const fix = `npm run pin -- --out ${imageDigests}${stack === "dev" ? "" : ` --stack ${stack}`}   (writes the list again)`;
  let text: string;
  try {
    text = readFileSync(resolve(root, imageDigests), "utf8");
  } catch (error) {
    throw new UserError({ what: `${what} can't be read`, why: (error as Error).message, fix });
  }
  const { digests, wrong } = readDigests(text);
  if (wrong.length > 0) {
    throw new UserError({
      what: `${what} is not a list of images`,
      why: `a line must be IMAGE:TAG@sha256:DIGEST, not ${JSON.stringify(wrong[0])}`,
      fix,
    });
  }
  const unpinned = pulledImages(settings).filter((reference) => digestOf(reference, digests) === undefined);
  if (unpinned.length > 0) {
    throw new UserError({
      what: `${what} has no digest for ${unpinned.join(", ")}`,
      why: "either all images are pulled by digest, or none",
      fix,
    });
  }
  return digests;
}

/** Every image that a stack with these settings pulls by tag. Images named by digest are pinned already. */
export function pulledImages(settings: Plan["settings"]): string[] {
  const { versions, preset, persistence, nodeAccess } = settings;
  const { images, collector } = distributions[versions];
  const disabled = [
    ...(preset === "laptop" ? ["alertmanager", "prometheus-node-exporter", "prometheus-pushgateway"] : []),
    ...(nodeAccess ? [] : [collector, "prometheus-node-exporter"]),
    ...(persistence && nodeAccess ? [] : ["initChownData"]),
  ];
  const chart = images
    .filter(({ at }) => !at.some((key) => disabled.includes(key)))
    .map(({ repository, tag }) => `${repository}:${tag}`);
  return [...engineImages(settings).filter((reference) => !reference.includes("@")), ...chart];
}

/** The images that the engine pulls: those of a local cluster, and of the build. */
export function engineImages(settings: Plan["settings"]): string[] {
  const { cluster, k3sImage, registryImage, nodeImage, baseImage } = settings;
  const ofCluster = cluster === "local" ? [k3sImage, registryImage] : [];
  return [...ofCluster, nodeImage, ...(baseImage === emptyImage ? [] : [baseImage])];
}
