import { requestSettings } from "../../service/src/load/settings.ts";
import { flag } from "../../service/src/settings/kinds.ts";
import type { Setting } from "../settings/setting.ts";

const { loadRate, loadMix, loadSeed } = requestSettings;

/** The settings of the generator itself that a stack may set; the others follow from where it runs. */
export const generatorSettings = {
  loadRate,
  loadMix,
  loadSeed: { ...loadSeed, example: "monday" },
} satisfies Record<string, Setting>;

/** The load that keeps dashboards filled. */
export const loadSettings = {
  load: flag({
    default: "true",
    description:
      "Sends a steady load to the server from inside the cluster, so that no dashboard is empty and quantiles mean something.",
  }),
  ...generatorSettings,
} satisfies Record<string, Setting>;
