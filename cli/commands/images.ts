import { images as known } from "../../stack/monitoring/versions.ts";
import { imageReference, withoutRegistry } from "../../stack/server/digests.ts";
import { imagesOf } from "../offline/images.ts";
import { type CommonOptions, planOf } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
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

interface Support {
  /** Whether the table of versions has the image. */
  readonly known: boolean;
  readonly supportedUntil?: string | undefined;
  readonly ended: boolean;
}

/** The end of an image's support, from the table of versions. The image may be in a mirror. */
export function supportOf(reference: string, today = new Date().toISOString()): Support {
  const bare = withoutRegistry(imageReference(reference.split("@")[0] as string));
  const image = Object.values(known)
    .flat()
    .find(({ repository, tag }) =>
      `/${bare}`.endsWith(`/${repository.split("/").slice(1).join("/")}:${tag}`),
    );
  const { supportedUntil } = image ?? {};
  return {
    known: image !== undefined,
    supportedUntil,
    ended: supportedUntil !== undefined && today.slice(0, supportedUntil.length) > supportedUntil,
  };
}

function textOf({ known, supportedUntil }: Support): string {
  if (!known) return "not a part of the monitoring";
  return supportedUntil === undefined
    ? "newest minor version when this release was made"
    : `supported until ${supportedUntil}`;
}
