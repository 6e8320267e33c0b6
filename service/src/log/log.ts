import type { EndedRequest } from "../request/exchange.ts";
import { eventAsJson, requestAsJson } from "./json.ts";
import { type Level, levels } from "./line.ts";
import { eventAsText, requestAsText } from "./text.ts";

/** Where lines go. */
export interface Lines {
  write(line: string): void;
}

/** What the server has to say, in one format, from one level on. */
export class Log {
  readonly #lines: Lines;
  readonly #lowest: number;
  readonly #request: typeof requestAsJson;
  readonly #event: typeof eventAsJson;

  constructor(lines: Lines, { format, level }: { format: "json" | "text"; level: Level | "off" }) {
    this.#lines = lines;
    this.#lowest = level === "off" ? levels.length : levels.indexOf(level);
    this.#request = format === "json" ? requestAsJson : requestAsText;
    this.#event = format === "json" ? eventAsJson : eventAsText;
  }

  /** Whether lines of this level are written at all. */
  writes(level: Level): boolean {
    return levels.indexOf(level) >= this.#lowest;
  }

  /** One line about a request that ended. */
  request(level: Level, request: EndedRequest): void {
    if (this.writes(level)) this.#lines.write(this.#request(level, request));
  }

  /** One line about the server itself. */
  event(level: Level, message: string, fields: Record<string, unknown> = {}): void {
    if (this.writes(level)) this.#lines.write(this.#event(Date.now(), level, message, fields));
  }
}
