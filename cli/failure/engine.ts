import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

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
    const { severity, message, urn = "", ephemeral } = diagnosticEvent ?? {};
    if (!message) return;
    if (urn.includes("docker:index/image:Image") && severity === "info") {
      this.#log.set(urn, [...(this.#log.get(urn) ?? []), plain(message)].slice(-keptLines));
    }
    if (severity !== "error" || ephemeral) return;
    // Adds no information.
    if (/^(update|destroy) failed$/.test(plain(message))) return;
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    this.all.push({
      type,
      name: urn.split("::").at(-1) ?? "",
      message: [plain(message), ...(this.#log.get(urn) ?? [])].join("\n"),
    });
  };
}

/** Removes Pulumi's colour markup. */
function plain(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}
