// Every setting of the delayed server, as data: what `--help` prints, what is
// checked at start, and what a deployment sets in the environment. Pure, so that
// a deployment can check its own configuration before it creates anything.
import type { DelaySettings } from "./delay/distribution.ts";
import type { Milliseconds } from "./delay/duration.ts";
import { delaySettings, readDelaySettings } from "./delay/settings.ts";
import type { Weighted } from "./delay/weighted.ts";
import { choice, duration, flag, integer, optional, share, text, weightedList } from "./settings/kinds.ts";
import {
  type Reading,
  readEach,
  reading,
  type SettingProblem,
  type SettingTexts,
  textOf,
} from "./settings/read.ts";

const hour = 3_600_000;
const port = { from: 0, to: 65_535 };

/** Which requests fail, and how. */
export const faultSettings = {
  errorRate: share({
    default: "0",
    description: "The share of requests to `/` that fail after their delay. Probes and metrics never do.",
  }),
  errorStatus: weightedList(
    {
      type: "statuses",
      default: "500",
      description: "The status they fail with, or a list with weights such as `500:3,503:1`.",
    },
    {
      parse: (value) => (/^[45]\d\d$/.test(value) ? Number(value) : undefined),
      allowed: "a status from 400 to 599",
    },
  ),
};

/** Where the server listens. */
export const addressSettings = {
  host: optional(
    text(
      { default: "", description: "The address to listen on. Unset, all of them." },
      { pattern: /^[A-Za-z0-9.:_-]{1,253}$/, allowed: "a host name or an IP address" },
    ),
  ),
  port: integer(
    { default: "19004", description: "The port to listen on; 0 takes a free one and logs it." },
    port,
  ),
  metricsPort: optional(
    integer(
      {
        default: "",
        description:
          "A port of its own for `/metrics`; probes are answered on both. Unset, `/metrics` is on `port`.",
      },
      port,
    ),
  ),
};

/** What is logged and measured. */
export const observationSettings = {
  logFormat: choice({ default: "json", description: "One JSON object a line, or text to read." }, [
    "json",
    "text",
  ]),
  logLevel: choice(
    {
      default: "info",
      description:
        "The least important lines to write; `debug` adds probes and scrapes, `off` writes nothing.",
    },
    ["debug", "info", "warn", "error", "off"],
  ),
  naiveBuckets: flag({
    default: "true",
    description:
      "Adds a histogram of the same requests with badly chosen buckets, to show what those do to a quantile.",
  }),
};

/** How it ends. */
export const lifeSettings = {
  shutdownDelay: duration(
    {
      default: "2s",
      description:
        "After SIGTERM it goes on serving until no request has come for this long, probes and scrapes apart.",
    },
    { from: 0, to: hour },
  ),
  shutdownTimeout: duration(
    {
      default: "30s",
      description: "How long it goes on serving after SIGTERM if requests do not stop coming.",
    },
    { from: 0, to: hour },
  ),
  drainTimeout: optional(
    duration(
      {
        default: "",
        description:
          "How long requests in flight may take to end after that. Unset, `delayMax` and 5 seconds more.",
      },
      { from: 0, to: hour },
    ),
  ),
};

/** What a client may ask of it. */
export const limitSettings = {
  maxConnections: integer(
    { default: "20000", description: "Connections at a time; more are closed at once." },
    { from: 1, to: 1_000_000 },
  ),
  maxHeaderSize: integer(
    {
      default: "16384",
      description: "Bytes of a request's line and headers together; more is answered with 431.",
    },
    { from: 1024, to: 1_048_576 },
  ),
  maxBodySize: integer(
    { default: "1048576", description: "Bytes of a request's body; more is answered with 413." },
    { from: 0, to: 1_073_741_824 },
  ),
  requestTimeout: duration(
    { default: "30s", description: "How long a client may take to send a whole request; then 408." },
    { from: 1000, to: hour },
  ),
  keepAliveTimeout: duration(
    { default: "75s", description: "How long a connection may stay idle between two requests." },
    { from: 1000, to: hour },
  ),
};

/** The settings in the order in which they are explained. */
export const settingGroups = {
  Delays: delaySettings,
  Faults: faultSettings,
  Address: addressSettings,
  "Logs and metrics": observationSettings,
  "Shutting down": lifeSettings,
  Limits: limitSettings,
};

/** Every setting of the server by its name. */
export const serverSettings = {
  ...delaySettings,
  ...faultSettings,
  ...addressSettings,
  ...observationSettings,
  ...lifeSettings,
  ...limitSettings,
};

/** The name of a setting, such as `delayMin`. */
export type SettingKey = keyof typeof serverSettings;

/** What the server runs with. */
export interface ServerSettings {
  delay: DelaySettings;
  seed: string | undefined;
  errorRate: number;
  errorStatus: readonly Weighted<number>[];
  host: string | undefined;
  port: number;
  metricsPort: number | undefined;
  logFormat: "json" | "text";
  logLevel: "debug" | "info" | "warn" | "error" | "off";
  naiveBuckets: boolean;
  shutdownDelay: Milliseconds;
  shutdownTimeout: Milliseconds;
  drainTimeout: Milliseconds;
  maxConnections: number;
  maxHeaderSize: number;
  maxBodySize: number;
  requestTimeout: Milliseconds;
  keepAliveTimeout: Milliseconds;
}

/** Checks every setting, each by itself and all together; every problem is found at once. */
export function readServerSettings(
  texts: SettingTexts<typeof serverSettings>,
): Reading<ServerSettings, SettingKey> {
  const { delay, others, problems } = readAll(texts);
  if (delay === undefined || others === undefined) return reading(undefined as never, problems);
  const { seed, ...delays } = delay;
  const values = {
    ...others,
    delay: delays,
    seed,
    host: others.host,
    metricsPort: others.metricsPort,
    drainTimeout: others.drainTimeout ?? delays.max + 5000,
  };
  return reading(values, problems);
}

/**
 * The longest the server takes to stop after SIGTERM when no client is stuck,
 * in whole seconds, with one to spare: what a deployment must allow it.
 */
export function secondsToStop(settings: Pick<ServerSettings, "shutdownTimeout" | "drainTimeout">): number {
  return Math.ceil((settings.shutdownTimeout + settings.drainTimeout) / 1000) + 1;
}

function readAll(texts: SettingTexts<typeof serverSettings>) {
  const delay = readDelaySettings(texts);
  const others = readEach(
    { ...faultSettings, ...addressSettings, ...observationSettings, ...lifeSettings, ...limitSettings },
    texts,
  );
  const problems: SettingProblem<SettingKey>[] = [...delay.problems, ...others.problems];
  if (
    others.values !== undefined &&
    others.values.port !== 0 &&
    others.values.metricsPort === others.values.port
  ) {
    problems.push({
      setting: "metricsPort",
      value: textOf(serverSettings, texts, "metricsPort") ?? "",
      allowed: "another port than port, or unset to serve the metrics on the same one",
    });
  }
  return { delay: delay.values, others: others.values, problems };
}
