import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { plain, typeOf } from "./text.ts";

/** An error of a provider or of Pulumi's engine. */
export interface EngineFailure {
  /** The resource's type, such as `docker:index/image:Image`; empty if there is no resource. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly message: string;
}

const keptLines = 6;

/** Collects the errors of a run with their resources. */
export class EngineFailures {
  readonly all: EngineFailure[] = [];
  /** The last lines of each build's log, because a build's error is only an exit code. */
  readonly #log = new Map<string, readonly string[]>();

  readonly follow = ({ diagnosticEvent }: EngineEvent): void => {
    const { severity, message = "", urn = "", ephemeral } = diagnosticEvent ?? {};
    const text = plain(message);
    const log = this.#log.get(urn) ?? [];
    if (severity === "info" && typeOf(urn) === "docker:index/image:Image" && text !== "")
      this.#log.set(urn, [...log, text].slice(-keptLines));
    // “update failed” adds no information.
    if (severity !== "error" || ephemeral || /^((update|destroy) failed)?$/.test(text)) return;
    const name = urn.split("::").at(-1) ?? "";
    this.all.push({ type: typeOf(urn), name, message: [text, ...log].join("\n") });
  };
}
