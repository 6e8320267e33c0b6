import type { EndedRequest } from "../request/exchange.ts";

/** How important a line is, least first. */
export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/**
 * The names of the fields of a request's line. `request_id` is the one that an
 * exemplar carries too: it finds the line of the request behind a measurement.
 */
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

/** A line about a request, ending in a line break. */
export type RequestFormat = (level: Level, request: EndedRequest) => string;

/** A line about the server itself, ending in a line break. */
export type EventFormat = (
  time: number,
  level: Level,
  message: string,
  fields: Record<string, unknown>,
) => string;

/** Clients may send as many bytes as the limits allow; a line keeps this many characters of a text. */
const longestText = 1024;

/** `2026-01-31T12:00:00.000Z`. A busy server writes many lines in the same millisecond. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastIsoTime = new Date(time).toISOString();
  }
  return lastIsoTime;
}
let lastTime = Number.NaN;
let lastIsoTime = "";

/** To the microsecond, which is finer than anything is served. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/**
 * A text in quotes, as JSON has it, in ASCII alone: whatever bytes a client
 * sends, they can neither break a line nor reach a terminal as control sequences.
 */
export function quoted(text: string): string {
  return isPlain(text) ? `"${text}"` : ascii(JSON.stringify(text.slice(0, longestText)));
}

/** The same JSON with every character that is not ASCII escaped. */
export function ascii(json: string): string {
  return json.replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Short and without anything that JSON would escape. */
export function isPlain(text: string): boolean {
  return text.length <= longestText && /^[ !#-[\]-~]*$/.test(text);
}
