import type { BundledImage } from "./images.ts";

/** One image per line, with its digest, as `docker pull` accepts it. */
export function imageList(images: readonly BundledImage[]): string {
  const lines = images.map(({ reference, digest }) => {
    const bare = reference.split("@")[0] ?? reference;
    return digest === "" ? bare : `${bare}@${digest}`;
  });
  return `${lines.join("\n")}\n`;
}

/** How to use the bundle. */
export function instructions(chart: string, plugins: readonly string[], withImages: boolean): string {
  return `latency-lab for a site without internet

1. Images. images.txt lists every image with its digest. Copy them to a registry
   of your site, each under its own path (quay.io/prometheus/prometheus becomes
   MIRROR/prometheus/prometheus; Docker Hub's short names are under MIRROR/library/)
   ${withImages ? "from images.tar: docker load --input images.tar, then docker tag and docker push." : "with any tool for mirroring, such as skopeo."}
   npm run up -- --config imageMirror=MIRROR

2. Chart.
   npm run up -- --config lokiStackChart=${chart}

3. npm packages. npm-cache contains those of the project and of the image build:
   npm ci --offline --cache npm-cache      in the project's folder
   The image build runs in a container and needs an npm registry of your site:
   npm run up -- --config npmRegistry=URL

4. Pulumi. Install the Pulumi CLI, and copy
   ${plugins.length > 0 ? plugins.join(" and ") : "the plugins kubernetes and docker"} to ~/.pulumi/plugins.
`;
}
