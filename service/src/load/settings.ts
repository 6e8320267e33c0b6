// The settings of the load generator, as data, like those of the server.
import { seed } from "../delay/settings.ts";
import { parseWeighted } from "../delay/weighted.ts";
import { decimal, duration, integer, text, type ValuesOf } from "../setting-kinds.ts";
import { settingGroups } from "../settings.ts";

const { logFormat, logLevel } = settingGroups["Logs and metrics"];

export const requestSettings = {
  loadTarget: text({
    default: "http://127.0.0.1:19004",
    description: "URL of the server to send requests to.",
    pattern: /^https?:\/\/[^\s/]+\/?$/,
    allowed: "a URL without a path, such as http://127.0.0.1:19004",
  }),
  loadRate: decimal({
    default: "5",
    description:
      "Average number of requests per second, regardless of response times. Intervals are random (a Poisson process).",
    from: 0.01,
    to: 10_000,
  }),
  loadMix: {
    type: "paths",
    default: "/:93,/delay/100ms:4,/delay/1s:1,/status/404:1,/status/503:0.1,/nowhere:0.9",
    description: "Weighted list of the paths to request.",
    allowed: "a weighted list of up to 16 paths, such as /:9,/delay/250ms:1",
    parse: (list: string) =>
      parseWeighted(list, (path) => (/^\/[\x21-\x7e]{0,255}$/.test(path) ? path : undefined)),
  },
  loadSeed: seed("the same paths at the same times"),
  loadDuration: duration({
    description: "How long to send requests. Unset: until SIGTERM.",
    from: 1000,
    // A week.
    to: 604_800_000,
  }),
  loadMaxInFlight: integer({
    default: "1000",
    description:
      "Maximum number of requests in flight. Additional requests are not sent, but counted as skipped.",
    from: 1,
    to: 100_000,
  }),
};

/** Metrics, probes and logs of the load generator. */
const watchSettings = {
  loadPort: integer({
    default: "19005",
    description: "Port of `/metrics`, `/healthz` and `/readyz`. 0 picks a free port and logs it.",
    from: 0,
    to: 65_535,
  }),
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
