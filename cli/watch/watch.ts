import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import type { Plan } from "../../stack/plan.ts";
import { takeSnapshot } from "./snapshot.ts";
import type { Wait } from "./wait.ts";
import { waitsOf } from "./waits.ts";

/** A wait, its duration so far, and the last log lines of a crashed container. */
export interface Watched extends Wait {
  readonly seconds: number;
  readonly lines: readonly string[];
}

/** Shows a reason within seconds at low cost, even over half an hour. */
const pauseMilliseconds = 4000;

/** Watches both namespaces of a stack. */
export function watchOf(kubeconfig: string, { names }: Pick<Plan, "names">): Watch {
  return new Watch(new ClusterClient(kubeconfig), [names.serverNamespace, names.monitoringNamespace]);
}

/** Polls some namespaces until it is stopped. */
export class Watch {
  readonly #config: KubeConfig;
  readonly #namespaces: readonly string[];
  readonly #since = new Map<string, number>();
  readonly #lines = new Map<string, { run: string; lines: readonly string[] }>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(config: KubeConfig, namespaces: readonly string[]) {
    this.#config = config;
    this.#namespaces = namespaces;
  }

  /** Calls `seen` after every poll. Ignores failed polls: the deployment itself reports the failure. */
  start(seen: (waits: readonly Watched[]) => void): void {
    const again = async () => {
      const waits = await this.look().catch(() => undefined);
      if (this.#stopped) return;
      if (waits) seen(waits);
      this.#timer = setTimeout(again, pauseMilliseconds).unref();
    };
    void again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async look(): Promise<Watched[]> {
    const waits = waitsOf(await takeSnapshot(this.#config, this.#namespaces));
    const now = Date.now();
    const keys = new Set(waits.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    for (const key of keys) if (!this.#since.has(key)) this.#since.set(key, now);
    return Promise.all(
      waits.map(async (wait) => ({
        ...wait,
        seconds: (now - (this.#since.get(keyOf(wait)) ?? now)) / 1000,
        lines: wait.crashed ? await this.#linesOf(wait, wait.crashed) : [],
      })),
    );
  }

  /** The last log lines of a container's last run, read once per restart. */
  async #linesOf(
    { namespace, name }: Wait,
    { container, runs, restarts }: NonNullable<Wait["crashed"]>,
  ): Promise<readonly string[]> {
    const key = [namespace, name, container].join("/");
    const run = `${restarts} ${runs}`;
    const known = this.#lines.get(key);
    if (known?.run === run) return known.lines;
    const core = this.#config.makeApiClient(CoreV1Api);
    const of = { namespace, name, container, previous: runs, tailLines: 3 };
    // The container may be removed, or the user can't read its log.
    const text = await core.readNamespacedPodLog(of).catch(() => undefined);
    const lines = text?.split("\n").filter((line) => line.trim() !== "") ?? [];
    if (text !== undefined) this.#lines.set(key, { run, lines });
    return lines;
  }
}

/** Identifies a wait between polls. */
function keyOf({ kind, namespace, name, state }: Wait): string {
  return [kind, namespace, name, state].join("/");
}

/** The first wait that will not end by itself. Older waits count as no longer than `atMost` seconds. */
export function hopelessOf(
  waits: readonly Watched[],
  atMost = Number.POSITIVE_INFINITY,
): Watched | undefined {
  return waits.find(
    ({ hopelessAfter, seconds }) => hopelessAfter !== undefined && Math.min(seconds, atMost) >= hopelessAfter,
  );
}
