import type { RequestRecord } from "../request.ts";

/** Log levels, lowest first. */
const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** Field names of a request's line. Exemplars have the label `request_id` too, so that it leads to the line. */
export const logFields = {
  time: "time",
  level: "level",
  message: "msg",
  requestId: "request_id",
  method: "method",
  route: "route",
  path: "path",
  status: "status",
  delay: "delay_ms",
  duration: "duration_ms",
  responseSize: "bytes",
  client: "client",
  userAgent: "user_agent",
  traceId: "trace_id",
  spanId: "span_id",
  parentId: "parent_id",
  injectedError: "injected_error",
  aborted: "aborted",
} as const;

type Field = (typeof logFields)[keyof typeof logFields];

/** A logger with one format and a minimum level. */
export class Log {
  readonly #write: (line: string) => void;
  readonly #lowest: number;
  readonly #format: (line: Line) => string;

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
    if (levels.indexOf(level) >= this.#lowest) this.#write(this.#format(requestLine(level, request)));
  }

  /** Logs an event of the server. */
  event(level: Level, msg: string, fields: Record<string, unknown> = {}): void {
    if (levels.indexOf(level) >= this.#lowest) {
      this.#write(this.#format({ time: isoTime(), level, msg, ...fields }));
    }
  }
}

interface Line extends Record<string, unknown> {
  time: string;
  level: Level;
  msg: string;
}

function requestLine(level: Level, request: RequestRecord) {
  return {
    time: isoTime(),
    level,
    msg: "request",
    request_id: request.id,
    method: request.method,
    route: request.route,
    path: cut(request.path),
    status: request.status,
    delay_ms: request.delay ?? 0,
    duration_ms: Math.round(request.total * 1000) / 1000,
    bytes: request.responseSize,
    client: request.client,
    user_agent: cut(request.userAgent),
    trace_id: request.trace?.traceId,
    span_id: request.trace?.spanId,
    parent_id: request.trace?.parentId,
    injected_error: request.injectedError || undefined,
    aborted: request.aborted || undefined,
  } satisfies Record<Field, unknown>;
}

/** One JSON object per line. */
function json(line: Line): string {
  return `${ascii(JSON.stringify(line))}\n`;
}

/** Human-readable, and logfmt after the level: `12:00:00.000Z INFO  request request_id=… method=GET route=/ …`. */
function text({ time, level, msg, ...fields }: Line): string {
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${legible(String(value))}`);
  return `${time.slice(11)} ${level.toUpperCase().padEnd(5)} ${msg}${details.join("")}\n`;
}

/** Limits the texts of clients. */
function cut(value: string): string {
  return value.slice(0, 1024);
}

/** Quotes a value if its end would be ambiguous. */
function legible(value: string): string {
  return /^[!#-<>-[\]-~]+$/.test(value) ? value : ascii(JSON.stringify(value));
}

/** Escapes non-ASCII characters, which JSON does not, so that clients cannot send control sequences to a terminal. */
function ascii(jsonText: string): string {
  return jsonText.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Now, as `2026-01-31T12:00:00.000Z`. Caches the text, because a busy server logs many lines per millisecond. */
function isoTime(): string {
  const time = Date.now();
  if (time !== latest.time) latest = { time, text: new Date(time).toISOString() };
  return latest.text;
}
let latest = { time: Number.NaN, text: "" };
