import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { createLogUpdate } from "log-update";
import { plain, typeOf } from "../pulumi/run-failures.ts";
import { say, sayAbove, wantsJson } from "./say.ts";

/** The stages of `up` in logical order, most of which run in parallel, and the one of `down`. */
const titles = {
  cluster: "local cluster",
  image: "image of the delayed server",
  chart: "Prometheus, Loki, Grafana",
  server: "delayed server",
  data: "first latency in Prometheus",
  removal: "removing the stack",
};

type StageName = keyof typeof titles;

/** The state of a stage. */
export interface Stage {
  state: "waiting" | "running" | "done" | "failed";
  /** What it does, as the program or the provider reports it. */
  detail: string;
  /** What it waits for, according to the cluster. Replaces the detail. */
  reason?: string | undefined;
  /** Milliseconds since the run began. */
  startedAt?: number;
  endedAt?: number;
}

/** The stage of a resource's type, the text to show while it is created, and whether the stage ends with it. */
const stageOf: Readonly<Record<string, { stage: StageName; text?: string; last?: string | true }>> = {
  "docker:index/remoteImage:RemoteImage": { stage: "cluster", text: "pulling k3s and the registry" },
  "docker:index/container:Container": { stage: "cluster", text: "starting k3s" },
  "pulumi:providers:kubernetes": { stage: "cluster", last: true },
  "docker:index/image:Image": { stage: "image", text: "building and pushing", last: true },
  "kubernetes:helm.sh/v3:Release": { stage: "chart", text: "pulling images, starting pods", last: true },
  "kubernetes:apps/v1:Deployment": { stage: "server", text: "starting pods", last: "delayed-server" },
};

/** Characters; fits into a line of a terminal after a stage's title. */
const longestDetail = 180;

/** The shortest time between two lines of a waiting stage in a pipe or in CI, to keep logs short. */
const pauseMilliseconds = 10_000;

/** The progress of a run: in place in a terminal, else a line for each change. */
export class Stages {
  readonly all: ReadonlyMap<StageName, Stage>;
  readonly #began: number;
  readonly #print: (line: string) => void;
  readonly #draw = !wantsJson() && process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  /** The last line of each stage in a pipe. */
  readonly #printed = new Map<StageName, { text: string; at: number; due?: NodeJS.Timeout }>();
  #clock: NodeJS.Timeout | undefined;

  constructor(names: readonly StageName[], began = Date.now(), print: (line: string) => void = say) {
    this.#began = began;
    this.#print = print;
    this.all = new Map(names.map((name) => [name, { state: "waiting", detail: "" }]));
    if (!this.#draw) return;
    sayAbove(this.#draw.persist);
    this.#clock = setInterval(() => this.#redraw(), 1000).unref();
  }

  /** Starts a stage, or changes its text. */
  start(name: StageName, detail = ""): void {
    const stage = this.all.get(name);
    if (!stage || stage.endedAt !== undefined) return;
    stage.startedAt ??= Date.now() - this.#began;
    stage.state = "running";
    if (detail !== "") stage.detail = detail.slice(0, longestDetail);
    this.#changed(name, stage);
  }

  /** Sets the reason why a running stage is not done yet; undefined if none is known. */
  explain(name: StageName, reason: string | undefined): void {
    const stage = this.all.get(name);
    const text = reason?.slice(0, longestDetail);
    if (stage?.state !== "running" || stage.reason === text) return;
    stage.reason = text;
    this.#changed(name, stage);
  }

  end(name: StageName, state: "done" | "failed"): void {
    const stage = this.all.get(name);
    if (!stage || stage.endedAt !== undefined) return;
    stage.endedAt = Date.now() - this.#began;
    stage.startedAt ??= stage.endedAt;
    Object.assign(stage, { state, detail: "", reason: undefined });
    this.#changed(name, stage);
  }

  /** Ends all remaining stages, after a run that was interrupted or changed nothing, and the display. */
  endAll(state: "done" | "failed"): void {
    for (const name of this.all.keys()) this.end(name, state);
    clearInterval(this.#clock);
    this.#draw?.done();
    sayAbove(undefined);
  }

  /** Follows the engine's events. */
  readonly follow = (event: EngineEvent): void => {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    const { type, urn, op } =
      (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata ??
      ({ type: typeOf(diagnosticEvent?.urn ?? ""), urn: "", op: "" } as const);
    const found = stageOf[type];
    if (!found) return;
    const { stage, text, last } = found;
    if (resourcePreEvent && text) this.start(stage, op === "same" ? "unchanged" : text);
    // A replaced resource is deleted first.
    if (op.startsWith("delete")) return;
    if (resOutputsEvent && (last === true || (last && urn.endsWith(`::${last}`)))) this.end(stage, "done");
    if (resOpFailedEvent) this.end(stage, "failed");
    // A provider's progress message, such as "[1/2] Waiting for pods to be ready".
    if (diagnosticEvent?.ephemeral) this.start(stage, shortened(diagnosticEvent.message));
  };

  #changed(name: StageName, stage: Stage): void {
    if (this.#draw) this.#redraw();
    else this.#printLine(name, stage);
  }

  #redraw(): void {
    const now = Date.now() - this.#began;
    const shown = [...this.all].filter(([, { state }]) => state !== "waiting");
    this.#draw?.(shown.map(([name, stage]) => lineOf(name, stage, now)).join("\n"));
  }

  /** Prints a line when a stage begins or ends, or waits for something else. */
  #printLine(name: StageName, stage: Stage): void {
    const printed = this.#printed.get(name);
    clearTimeout(printed?.due);
    if (stage.endedAt !== undefined) {
      this.#print(lineOf(name, stage, stage.endedAt));
      return;
    }
    const text = textOf(stage);
    if (printed?.text === text) return;
    const wait = printed ? printed.at + pauseMilliseconds - Date.now() : 0;
    if (printed && wait > 0) {
      // Prints the latest text when the pause is over.
      printed.due = setTimeout(() => this.#printLine(name, stage), wait).unref();
      return;
    }
    this.#printed.set(name, { text, at: Date.now() });
    this.#print(`… ${titles[name]}${text}`);
  }
}

function lineOf(name: StageName, stage: Stage, now: number): string {
  const { state, startedAt = 0, endedAt = now } = stage;
  const mark = { waiting: " ", running: "…", done: "✔", failed: "✖" }[state];
  const seconds = ((endedAt - startedAt) / 1000).toFixed(state === "running" ? 0 : 1);
  return `${mark} ${titles[name]} (${seconds} s)${state === "running" ? textOf(stage) : ""}`;
}

function textOf({ reason, detail }: Stage): string {
  const text = reason ?? detail;
  return text === "" ? "" : `: ${text}`;
}

/**
 * The last line of a provider's message without repeated names, such as
 * `[Pod ns/pod]: containers with unready status: [c] -- [ErrImagePull] …`.
 */
function shortened(message: string): string {
  const last = plain(message).split("\n").at(-1)?.trim() ?? "";
  return last.replace(
    /^\[Pod \S+?\/(\S+)\]: (containers with unready status: \[[^\]]*\](?: -- )?)?/,
    "pod $1: ",
  );
}
