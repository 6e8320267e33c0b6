import type { BundledImage } from "./images.ts";

/** The list of images: reference and digest, a line each, as `docker pull` takes them. */
export function imageList(images: readonly BundledImage[]): string {
  const lines = images.map(({ reference, digest }) => {
    const bare = reference.split("@")[0] ?? reference;
    return digest === "" ? bare : `${bare}@${digest}`;
  });
  return `${lines.join("\n")}\n`;
}

/** What to do with the bundle, for whoever unpacks it. */
export function instructions(chart: string, plugins: readonly string[], withImages: boolean): string {
  return `latency-lab for a site without internet

1. Images. images.txt lists every image with its digest. Put them into a registry
   of the site, each under its own path (quay.io/prometheus/prometheus becomes
   MIRROR/prometheus/prometheus; Docker Hub's short names are under MIRROR/library/)
   ${withImages ? "from images.tar: docker load --input images.tar, then docker tag and docker push." : "with any tool for mirroring, such as skopeo."}
   npm run up -- --config imageMirror=MIRROR

2. Chart.
   npm run up -- --config lokiStackChart=${chart}

3. npm packages. npm-cache holds all of the project and of the image's build:
   npm ci --offline --cache npm-cache      in the project's folder
   The build of the image runs in a container and needs a registry of the site:
   npm run up -- --config npmRegistry=URL

4. Pulumi. Install its command line from the site's own source, and put
   ${plugins.length > 0 ? plugins.join(" and ") : "the plugins kubernetes and docker"} into ~/.pulumi/plugins.
`;
}
