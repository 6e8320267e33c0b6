// The settings of the load generator, as data, like those of the server.
import { seed } from "../delay/settings.ts";
import { parseWeighted, type Weighted } from "../delay/weighted.ts";
import {
  decimal,
  duration,
  integer,
  optional,
  type Reading,
  type RequiredSetting,
  readEach,
  type SettingTexts,
  text,
  type ValuesOf,
} from "../setting-kinds.ts";
import { settingGroups } from "../settings.ts";

const { logFormat, logLevel } = settingGroups["Logs and metrics"];
/** A week. */
const longest = 604_800_000;

export const requestSettings = {
  loadTarget: text(
    { default: "http://127.0.0.1:19004", description: "URL of the server to send requests to." },
    { pattern: /^https?:\/\/[^\s/]+\/?$/, allowed: "a URL without a path, such as http://127.0.0.1:19004" },
  ),
  loadRate: decimal(
    {
      default: "5",
      description:
        "Average number of requests per second, regardless of response times. Intervals are random (a Poisson process).",
    },
    { from: 0.01, to: 10_000 },
  ),
  loadMix: pathList({
    default: "/:93,/delay/100ms:4,/delay/1s:1,/status/404:1,/status/503:0.1,/nowhere:0.9",
    description: "Weighted list of the paths to request.",
  }),
  loadSeed: seed("the same paths at the same times"),
  loadDuration: optional(
    duration(
      { default: "", description: "How long to send requests. Unset: until SIGTERM." },
      { from: 1000, to: longest },
    ),
  ),
  loadMaxInFlight: integer(
    {
      default: "1000",
      description: "Maximum number of requests in flight. Any more are not sent, but counted as skipped.",
    },
    { from: 1, to: 100_000 },
  ),
};

/** Metrics, probes and logs of the load generator. */
const watchSettings = {
  loadPort: integer(
    {
      default: "19005",
      description: "Port of `/metrics`, `/healthz` and `/readyz`. 0 picks a free port and logs it.",
    },
    { from: 0, to: 65_535 },
  ),
  logFormat,
  logLevel: {
    ...logLevel,
    description: "Lowest level to log. `debug` adds a line for every request; `off` disables logging.",
  },
};

/** The settings by group, in the order of the documentation. */
export const loadSettingGroups = { Requests: requestSettings, Monitoring: watchSettings };

/** The settings of the load generator by name. */
export const loadSettings = { ...requestSettings, ...watchSettings };

/** The parsed settings of the load generator. */
export type LoadSettings = ValuesOf<typeof loadSettings>;

/** Parses and validates all settings. Returns all problems at once. */
export function readLoadSettings(
  texts: SettingTexts<typeof loadSettings>,
): Reading<LoadSettings, keyof typeof loadSettings> {
  return readEach(loadSettings, texts);
}

function pathList(about: { default: string; description: string }): RequiredSetting<Weighted<string>[]> {
  return {
    ...about,
    type: "paths",
    allowed: "a weighted list of up to 16 paths, such as /:9,/delay/250ms:1",
    parse: (value) =>
      parseWeighted(value, (path) => (/^\/[\x21-\x7e]{0,255}$/.test(path) ? path : undefined)),
  };
}
