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

/** Formats lines, each of which ends with a newline. `time` is in milliseconds since the Unix epoch. */
interface Format {
  request: (time: number, level: Level, request: RequestRecord) => string;
  event: (time: number, level: Level, message: string, fields: Record<string, unknown>) => string;
}

/** One JSON object per line. */
export const json: Format = {
  request: (time, level, request) =>
    line({
      time: isoTime(time),
      level,
      msg: "request",
      request_id: request.id,
      method: request.method,
      route: request.route,
      path: cut(request.path),
      status: request.status,
      delay_ms: request.delay ?? 0,
      duration_ms: rounded(request.total),
      bytes: request.responseSize,
      client: request.client,
      user_agent: cut(request.userAgent),
      trace_id: request.trace?.traceId,
      span_id: request.trace?.spanId,
      parent_id: request.trace?.parentId,
      injected_error: request.injectedError || undefined,
      aborted: request.aborted || undefined,
    } satisfies Record<Field, unknown>),
  event: (time, level, message, fields) => line({ time: isoTime(time), level, msg: message, ...fields }),
};

/** Human-readable: `12:00:00.000Z INFO  GET / 200 in 1234.6 ms (delay 1234.1 ms, 26 bytes) …`. */
export const text: Format = {
  request: (time, level, { trace, userAgent, injectedError, aborted, ...request }) => {
    const details = [
      `${request.method} ${legible(request.path)} ${request.status}`,
      `in ${rounded(request.total)} ms (delay ${request.delay ?? 0} ms, ${request.responseSize} bytes)`,
      `client=${request.client} request_id=${request.id}`,
      trace && `trace_id=${trace.traceId}`,
      injectedError && "injected_error",
      aborted && "aborted",
      userAgent && `user_agent=${legible(userAgent)}`,
    ];
    return `${head(time, level)} ${details.filter(Boolean).join(" ")}\n`;
  },
  event: (time, level, message, fields) => {
    const details = Object.entries(fields).map(([key, value]) => ` ${key}=${legible(String(value))}`);
    return `${head(time, level)} ${message}${details.join("")}\n`;
  },
};

/** Limits the texts of clients. */
function cut(value: string): string {
  return value.slice(0, 1024);
}

function line(fields: Record<string, unknown>): string {
  return `${ascii(JSON.stringify(fields))}\n`;
}

/** Escapes non-ASCII characters, which JSON does not, so that clients cannot send control sequences to a terminal. */
function ascii(jsonText: string): string {
  return jsonText.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `2026-01-31T12:00:00.000Z`. Caches the text, because a busy server logs many lines per millisecond. */
function isoTime(time: number): string {
  if (time !== latest.time) latest = { time, text: new Date(time).toISOString() };
  return latest.text;
}
let latest = { time: Number.NaN, text: "" };

/** Rounds to the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function head(time: number, level: Level): string {
  return `${isoTime(time).slice(11)} ${level.toUpperCase().padEnd(5)}`;
}

/** Quotes a value if its end would be ambiguous. */
function legible(value: string): string {
  const short = cut(value);
  return /^[!#-[\]-~]*$/.test(short) ? short : ascii(JSON.stringify(short));
}
