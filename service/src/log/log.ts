import type { RequestRecord } from "../request.ts";
import { type Format, json, type Level, levels, text } from "./line.ts";

/** A logger with one format and a minimum level. */
export class Log {
  readonly #write: (line: string) => void;
  readonly #lowest: number;
  readonly #format: Format;

  constructor(
    write: (line: string) => void,
    { logFormat, logLevel }: { logFormat: "json" | "text"; logLevel: Level | "off" },
  ) {
    this.#write = write;
    this.#lowest = logLevel === "off" ? levels.length : levels.indexOf(logLevel);
    this.#format = logFormat === "json" ? json : text;
  }

  /** Logs a completed request. */
  request(level: Level, request: RequestRecord): void {
    if (this.#logs(level)) this.#write(this.#format.request(Date.now(), level, request));
  }

  /** Logs an event of the server. */
  event(level: Level, message: string, fields: Record<string, unknown> = {}): void {
    if (this.#logs(level)) this.#write(this.#format.event(Date.now(), level, message, fields));
  }

  #logs(level: Level): boolean {
    return levels.indexOf(level) >= this.#lowest;
  }
}
