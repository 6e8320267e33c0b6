import type { Alarm } from "./delay/alarm.ts";
import type { Draws } from "./delay/draws.ts";
import type { Log } from "./log/log.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Registries } from "./metrics/registry.ts";
import type { ServerSettings } from "./settings.ts";

/** Which part of its life the server is in. */
export type Phase =
  /** Serves and says that it is ready. */
  | "ready"
  /** Serves, says that it is not ready, and asks every client to close its connection. */
  | "ending";

/** What the endpoints work with. */
export interface Service {
  readonly settings: ServerSettings;
  readonly draws: Draws;
  readonly alarm: Alarm;
  readonly meters: Meters;
  readonly registries: Registries;
  readonly log: Log;
  /** Brings up to date what is only looked at when it is asked for. */
  readonly refresh: () => Promise<void>;
  phase: Phase;
}
