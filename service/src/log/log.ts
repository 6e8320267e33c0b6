import type { EndedRequest } from "../ended-request.ts";
import { type Format, json, type Level, levels, text } from "./line.ts";

/** The destination of log lines. */
export interface Lines {
  write(line: string): void;
}

/** A logger with one format and a minimum level. */
export class Log {
  readonly #lines: Lines;
  readonly #lowest: number;
  readonly #format: Format;

  constructor(lines: Lines, { format, level }: { format: "json" | "text"; level: Level | "off" }) {
    this.#lines = lines;
    this.#lowest = level === "off" ? levels.length : levels.indexOf(level);
    this.#format = format === "json" ? json : text;
  }

  /** Logs a completed request. */
  request(level: Level, request: EndedRequest): void {
    if (this.#writes(level)) this.#lines.write(this.#format.request(level, request));
  }

  /** Logs an event of the server. */
  event(level: Level, message: string, fields: Record<string, unknown> = {}): void {
    if (this.#writes(level)) this.#lines.write(this.#format.event(Date.now(), level, message, fields));
  }

  #writes(level: Level): boolean {
    return levels.indexOf(level) >= this.#lowest;
  }
}
