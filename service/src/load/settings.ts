// Every setting of the load generator, as data, like the server's.
import { parseWeighted, type Weighted } from "../delay/weighted.ts";
import { decimal, duration, integer, optional, type RequiredSetting, text } from "../settings/kinds.ts";
import { type Reading, readEach, reading, type SettingTexts } from "../settings/read.ts";
import { observationSettings } from "../settings.ts";

const { logFormat, logLevel } = observationSettings;
/** A week. */
const longest = 604_800_000;

/** What is sent, where to and how often. */
export const requestSettings = {
  loadTarget: text(
    { default: "http://127.0.0.1:19004", description: "The server that requests are sent to." },
    { pattern: /^https?:\/\/[^\s/]+\/?$/, allowed: "a URL without a path, such as http://127.0.0.1:19004" },
  ),
  loadRate: decimal(
    {
      default: "5",
      description:
        "Requests per second on average, independent of how long responses take; they arrive at random, as from people.",
    },
    { from: 0.01, to: 10_000 },
  ),
  loadMix: pathList({
    default: "/:93,/delay/100ms:4,/delay/1s:1,/status/404:1,/status/503:0.1,/nowhere:0.9",
    description: "The paths that are asked for, with weights.",
  }),
  loadSeed: optional(
    text(
      {
        default: "",
        description:
          "Repeats the run that had this seed: the same paths after the same pauses. Unset, a new one is drawn and logged.",
      },
      { pattern: /^[\x21-\x7e]{1,64}$/, allowed: "1 to 64 printable characters without spaces" },
    ),
  ),
  loadDuration: optional(
    duration(
      { default: "", description: "How long requests are sent. Unset, until the process is told to end." },
      { from: 1000, to: longest },
    ),
  ),
  loadMaxInFlight: integer(
    {
      default: "1000",
      description:
        "Requests that may wait for an answer at a time; those that would be more are not sent, and counted.",
    },
    { from: 1, to: 100_000 },
  ),
};

/** Where the load generator itself can be watched, and what it logs. */
export const watchSettings = {
  loadPort: integer(
    {
      default: "19005",
      description: "The port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one and logs it.",
    },
    { from: 0, to: 65_535 },
  ),
  logFormat,
  logLevel: {
    ...logLevel,
    description:
      "The least important lines to write; `debug` adds one for every request, `off` writes nothing.",
  },
};

/** The settings in the order in which they are explained. */
export const loadSettingGroups = { Requests: requestSettings, Watching: watchSettings };

/** Every setting of the load generator by its name. */
export const loadSettings = { ...requestSettings, ...watchSettings };

/** What the load generator runs with. */
export interface LoadSettings {
  target: string;
  /** Requests per second. */
  rate: number;
  mix: readonly Weighted<string>[];
  seed: string | undefined;
  /** Milliseconds. */
  duration: number | undefined;
  maxInFlight: number;
  port: number;
  logFormat: "json" | "text";
  logLevel: "debug" | "info" | "warn" | "error" | "off";
}

/** Checks every setting; every problem is found at once. */
export function readLoadSettings(
  texts: SettingTexts<typeof loadSettings>,
): Reading<LoadSettings, keyof typeof loadSettings> {
  const { values, problems } = readEach(loadSettings, texts);
  if (values === undefined) return reading(undefined as never, problems);
  return reading(
    {
      target: values.loadTarget.replace(/\/$/, ""),
      rate: values.loadRate,
      mix: values.loadMix,
      seed: values.loadSeed,
      duration: values.loadDuration,
      maxInFlight: values.loadMaxInFlight,
      port: values.loadPort,
      logFormat: values.logFormat,
      logLevel: values.logLevel,
    },
    [],
  );
}

function pathList(about: { default: string; description: string }): RequiredSetting<Weighted<string>[]> {
  return {
    ...about,
    type: "paths",
    allowed: "a list of up to 16 paths with weights, such as /:9,/delay/250ms:1",
    parse: (value) =>
      parseWeighted(value, (path) => (/^\/[\x21-\x7e]{0,255}$/.test(path) ? path : undefined)),
  };
}
