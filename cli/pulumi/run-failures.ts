import { stripVTControlCharacters } from "node:util";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

export type Command = "up" | "down";

/** A text without the colours of Pulumi and of the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .trim();
}

/** `urn:pulumi:stack::project::parent$type::name` → `type`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Lines that the Automation API adds to the output of a failed command. */
const wrapping = /^(code: |stdout:|Command failed|err\?: )|^at .*:\d+:\d+\)?$/;

/**
 * The errors in the output of a failed Pulumi command, or else its other lines. An error of the
 * Automation API also contains the exit code, stdout with the progress of the run, and its own error.
 */
export function errorLines(message: string): string[] {
  const [, stderr = message] = /\bstderr: ([\s\S]*?)(?:\n\s*err\?: |$)/.exec(plain(message)) ?? [];
  const lines = linesOf(stderr).filter((line) => !wrapping.test(line));
  const errors = lines.filter((line) => /^error: /.test(line));
  return (errors.length > 0 ? errors : lines).map((line) => line.replace(/^error: /, ""));
}

/** The first of them, or the whole message. */
export function pulumiError(message: string): string {
  return errorLines(message)[0] ?? message.trim();
}

/** The lines of a longer text, indented to align after `why:`. */
export function indented(text: string): string {
  return linesOf(text).join("\n       ");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** An error of a provider or of Pulumi's engine. */
export interface RunFailure {
  /** The resource's type, such as `docker:index/image:Image`; empty if there is no resource. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly message: string;
}

const keptLines = 6;

/** Collects the errors of a run with their resources. */
export class RunFailures {
  readonly all: RunFailure[] = [];
  /** The last lines of each build's log, because a build's error is only an exit code. */
  readonly #log = new Map<string, readonly string[]>();

  readonly follow = ({ diagnosticEvent }: EngineEvent): void => {
    const { severity, message = "", urn = "", ephemeral } = diagnosticEvent ?? {};
    const text = plain(message);
    const log = this.#log.get(urn) ?? [];
    const isProgress = /\[=*>? *\]/.test(text);
    if (severity === "info" && typeOf(urn) === "docker:index/image:Image" && text !== "" && !isProgress)
      this.#log.set(urn, [...log, text].slice(-keptLines));
    // “update failed” adds no information.
    if (severity !== "error" || ephemeral || /^((update|destroy) failed)?$/.test(text)) return;
    const name = urn.split("::").at(-1) ?? "";
    this.all.push({ type: typeOf(urn), name, message: [text, ...log].join("\n") });
  };
}
