import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

/** The stages of `up` in logical order; most run in parallel. */
export const stageTitles = {
  cluster: "local cluster",
  image: "image of the delayed server",
  chart: "Loki, Promtail, Prometheus, Grafana",
  server: "delayed server",
  data: "first latency in Prometheus",
} as const;

export type StageName = keyof typeof stageTitles;

/** The state of a stage. */
export interface Stage {
  readonly name: StageName;
  state: "waiting" | "running" | "done" | "failed";
  /** What it does, in the words of the program or the provider. */
  detail: string;
  /** What it waits for, according to the cluster. Replaces the detail. */
  reason?: string | undefined;
  /** Milliseconds since the run began. */
  startedAt?: number;
  endedAt?: number;
}

/** The resource that ends each stage. */
const lastOf: readonly { stage: StageName; type: string; name?: string }[] = [
  { stage: "cluster", type: "pulumi:providers:kubernetes" },
  { stage: "image", type: "docker:index/image:Image" },
  { stage: "chart", type: "kubernetes:helm.sh/v3:Release" },
  { stage: "server", type: "kubernetes:apps/v1:Deployment", name: "delayed-server" },
];

/** The stage and the text to show while a resource is created. */
const waitingFor: Readonly<Record<string, { stage: StageName; text: string }>> = {
  "docker:index/remoteImage:RemoteImage": { stage: "cluster", text: "pulling k3s and the registry" },
  "docker:index/container:Container": { stage: "cluster", text: "starting k3s" },
  "docker:index/image:Image": { stage: "image", text: "building and pushing" },
  "kubernetes:helm.sh/v3:Release": { stage: "chart", text: "pulling images, starting pods" },
  "kubernetes:apps/v1:Deployment": { stage: "server", text: "starting pods" },
};

/** Follows the engine's events and keeps each stage's state and times. */
export class Stages {
  readonly all: ReadonlyMap<StageName, Stage>;
  readonly #began: number;
  readonly #listeners: ((stage: Stage) => void)[] = [];

  constructor(names: readonly StageName[], began = Date.now()) {
    this.#began = began;
    this.all = new Map(names.map((name) => [name, { name, state: "waiting", detail: "" }]));
  }

  onChange(listener: (stage: Stage) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when a stage is done; rejects when it failed. */
  ended(name: StageName): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (stage: Stage) => {
        if (stage.name !== name) return;
        if (stage.state === "done") resolve();
        else if (stage.state === "failed") reject(new Error(stage.detail));
      };
      this.onChange(check);
      const now = this.all.get(name);
      if (now) check(now);
    });
  }

  start(name: StageName, detail = ""): void {
    const stage = this.all.get(name);
    if (!stage || stage.state === "done" || stage.state === "failed") return;
    if (stage.startedAt === undefined) stage.startedAt = Date.now() - this.#began;
    stage.state = "running";
    if (detail !== "") stage.detail = detail;
    this.#changed(stage);
  }

  /** Sets the reason why a running stage is not done yet; undefined if none is known. */
  explain(name: StageName, reason: string | undefined): void {
    const stage = this.all.get(name);
    const text = reason?.slice(0, longestDetail);
    if (stage?.state !== "running" || stage.reason === text) return;
    stage.reason = text;
    this.#changed(stage);
  }

  end(name: StageName, state: "done" | "failed", detail = ""): void {
    const stage = this.all.get(name);
    if (!stage || stage.state === "done" || stage.state === "failed") return;
    stage.startedAt ??= Date.now() - this.#began;
    stage.endedAt = Date.now() - this.#began;
    stage.state = state;
    stage.detail = detail;
    stage.reason = undefined;
    this.#changed(stage);
  }

  /** Ends all remaining stages, after a run that was interrupted or changed nothing. */
  endAll(state: "done" | "failed"): void {
    for (const name of this.all.keys()) this.end(name, state);
  }

  readonly follow = (event: EngineEvent): void => {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) {
      const hint = waitingFor[resourcePreEvent.metadata.type];
      const quiet = resourcePreEvent.metadata.op === "same";
      if (hint) this.start(hint.stage, quiet ? "unchanged" : hint.text);
    }
    if (resOutputsEvent) {
      const { type, urn } = resOutputsEvent.metadata;
      const last = lastOf.find((one) => one.type === type && (!one.name || urn.endsWith(`::${one.name}`)));
      if (last) this.end(last.stage, "done");
    }
    if (resOpFailedEvent) {
      const { type } = resOpFailedEvent.metadata;
      const stage = waitingFor[type]?.stage ?? lastOf.find((one) => one.type === type)?.stage;
      if (stage) this.end(stage, "failed");
    }
    // A provider's progress message, such as "[1/2] Waiting for pods to be ready".
    if (diagnosticEvent?.ephemeral && diagnosticEvent.urn) {
      const type = typeOf(diagnosticEvent.urn);
      const stage = waitingFor[type]?.stage;
      if (stage) this.start(stage, plain(diagnosticEvent.message));
    }
  };

  #changed(stage: Stage): void {
    for (const listener of this.#listeners) listener(stage);
  }
}

/** The text of a running stage. */
export function textOf({ reason, detail }: Stage): string {
  return reason ?? detail;
}

/** `urn:pulumi:stack::project::parent$type::name` → `type`. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Characters; fits into a line of a terminal after a stage's title. */
const longestDetail = 180;

/**
 * The last line of a provider's message without colours and repeated names, such as
 * `[Pod ns/pod]: containers with unready status: [c] -- [ErrImagePull] …`.
 */
function plain(message: string): string {
  const lines = message
    .replace(/<\{%[^%]*%\}>/g, "")
    .trim()
    .split("\n");
  return (lines.at(-1) as string)
    .replace(/^\[Pod \S+?\/(\S+)\]: (containers with unready status: \[[^\]]*\](?: -- )?)?/, "pod $1: ")
    .slice(0, longestDetail);
}
