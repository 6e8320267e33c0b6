// The settings of the delayed server, as data: the stack validates them before it deploys anything.
import type { DelaySettings } from "./delay/distribution.ts";
import type { Milliseconds } from "./delay/duration.ts";
import { delaySettings, readDelaySettings } from "./delay/settings.ts";
import { parseWeighted } from "./delay/weighted.ts";
import {
  choice,
  duration,
  flag,
  integer,
  type Reading,
  readEach,
  type SettingTexts,
  share,
  text,
  type ValuesOf,
} from "./setting-kinds.ts";

const hour = 3_600_000;
const upToAnHour = { from: 0, to: hour };
const ports = { from: 0, to: 65_535 };

/** The settings by group, in the order of the documentation. */
export const settingGroups = {
  Delays: delaySettings,
  Faults: {
    errorRate: share({
      default: "0",
      description: "Share of requests to `/` that fail after their delay. Probes and scrapes never fail.",
    }),
    errorStatus: {
      type: "statuses",
      default: "500",
      description: "Status of the injected errors, or a weighted list such as `500:3,503:1`.",
      allowed: "a status from 400 to 599, or a weighted list of up to 16 of them",
      parse: (list: string) =>
        parseWeighted(list, (status) => (/^[45]\d\d$/.test(status) ? Number(status) : undefined)),
    },
  },
  Address: {
    host: text({
      description: "Address to listen on. Unset: all addresses.",
      pattern: /^[A-Za-z0-9.:_-]{1,253}$/,
      allowed: "a host name or an IP address",
    }),
    port: integer({
      default: "19004",
      description: "Port to listen on. 0 picks a free port and logs it.",
      ...ports,
    }),
    metricsPort: integer({
      description: "Separate port for `/metrics`. Both ports answer probes. Unset: `/metrics` is on `port`.",
      ...ports,
    }),
  },
  "Logs and metrics": {
    logFormat: choice({
      default: "json",
      description: "One JSON object per line, or human-readable text.",
      values: ["json", "text"],
    }),
    logLevel: choice({
      default: "info",
      description: "Lowest level to log. `debug` adds probes and scrapes; `off` disables logging.",
      values: ["debug", "info", "warn", "error", "off"],
    }),
    naiveBuckets: flag({
      default: "true",
      description:
        "Export a second histogram with poorly chosen buckets, to show how they distort quantiles.",
    }),
  },
  "Shutting down": {
    shutdownDelay: duration({
      default: "2s",
      description:
        "After SIGTERM, the server keeps serving until no request except probes and scrapes has arrived for this long.",
      ...upToAnHour,
    }),
    shutdownTimeout: duration({
      default: "30s",
      description: "Maximum time to keep serving after SIGTERM if requests keep arriving.",
      ...upToAnHour,
    }),
    drainTimeout: duration({
      description:
        "Maximum time for requests in flight to finish after the server stops accepting connections. Unset: `delayMax` plus 5 seconds.",
      ...upToAnHour,
    }),
  },
  Limits: {
    maxConnections: integer({
      default: "20000",
      description: "Maximum number of open connections. Additional connections are closed immediately.",
      from: 1,
      to: 1_000_000,
    }),
    maxHeaderSize: integer({
      default: "16384",
      description: "Maximum size of the request line and headers, in bytes. Larger requests get a 431.",
      from: 1024,
      to: 1_048_576,
    }),
    maxBodySize: integer({
      default: "1048576",
      description: "Maximum size of a request body, in bytes. Larger bodies get a 413.",
      from: 0,
      to: 1_073_741_824,
    }),
    requestTimeout: duration({
      default: "30s",
      description: "Maximum time for a client to send a whole request. Slower requests get a 408.",
      from: 1000,
      to: hour,
    }),
    keepAliveTimeout: duration({
      default: "75s",
      description: "Maximum time that a connection can be idle between requests.",
      from: 1000,
      to: hour,
    }),
  },
};

const otherSettings = {
  ...settingGroups.Faults,
  ...settingGroups.Address,
  ...settingGroups["Logs and metrics"],
  ...settingGroups["Shutting down"],
  ...settingGroups.Limits,
};

/** The settings of the server by name. */
export const serverSettings = { ...delaySettings, ...otherSettings };

/** The parsed settings of the server. */
export interface ServerSettings extends Omit<ValuesOf<typeof otherSettings>, "drainTimeout"> {
  delay: DelaySettings;
  seed: string | undefined;
  drainTimeout: Milliseconds;
}

/** Parses and validates all settings, including the rules between them. Returns all problems at once. */
export function readServerSettings(texts: SettingTexts<typeof serverSettings>): Reading<ServerSettings> {
  const delays = readDelaySettings(texts);
  const { values, problems: others } = readEach(otherSettings, texts);
  const problems = [...delays.problems, ...others];
  if (values !== undefined && values.port !== 0 && values.metricsPort === values.port) {
    const allowed = "different from port, or unset to serve the metrics on port";
    problems.push({ setting: "metricsPort", value: String(values.port), allowed });
  }
  if (delays.values === undefined || values === undefined || problems.length > 0) {
    return { values: undefined, problems };
  }
  const { seed, ...delay } = delays.values;
  const drainTimeout = values.drainTimeout ?? delay.max + 5000;
  return { values: { ...values, delay, seed, drainTimeout }, problems };
}

/**
 * The minimum grace period of a pod: the longest that the server takes to stop after SIGTERM, plus one second.
 *
 * @returns whole seconds
 */
export function secondsToStop(settings: Pick<ServerSettings, "shutdownTimeout" | "drainTimeout">): number {
  return Math.ceil((settings.shutdownTimeout + settings.drainTimeout) / 1000) + 1;
}
