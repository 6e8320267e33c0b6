import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

/** What a provider, or the engine itself, said went wrong. */
export interface EngineFailure {
  /** The resource's type, such as `docker:index/image:Image`; empty for what is nobody's. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly message: string;
}

/** Collects the errors of a run, each with the resource that it is about. */
export class EngineFailures {
  readonly all: EngineFailure[] = [];

  readonly follow = ({ diagnosticEvent }: EngineEvent): void => {
    const { severity, message, urn, ephemeral } = diagnosticEvent ?? {};
    if (severity !== "error" || ephemeral || !message) return;
    // That the run failed is known.
    if (/^(update|destroy) failed$/.test(plain(message))) return;
    const type = urn?.split("::")[2]?.split("$").at(-1) ?? "";
    this.all.push({ type, name: urn?.split("::").at(-1) ?? "", message: plain(message) });
  };
}

/** Without Pulumi's colour markup. */
function plain(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}
