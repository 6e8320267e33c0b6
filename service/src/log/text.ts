import { type EventFormat, isoTime, isPlain, quoted, type RequestFormat, rounded } from "./line.ts";

/** A line to read: `12:00:00.000Z INFO  GET / 200 in 1234.6 ms (delay 1234.1 ms, 26 bytes) …`. */
export const requestAsText: RequestFormat = (level, request) => {
  let text =
    `${head(request.time, level)} ${request.method} ${legible(request.path)} ${request.status} ` +
    `in ${rounded(request.total)} ms (delay ${request.delay} ms, ${request.responseSize} bytes) ` +
    `client=${request.client} request_id=${request.requestId}`;
  if (request.trace !== undefined) text += ` trace_id=${request.trace.traceId}`;
  if (request.injectedError) text += " injected_error";
  if (request.aborted) text += " aborted";
  return request.userAgent === "" ? `${text}\n` : `${text} user_agent=${legible(request.userAgent)}\n`;
};

/** A line to read about the server itself. */
export const eventAsText: EventFormat = (time, level, message, fields) => {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${legible(String(value))}`);
  return `${head(time, level)} ${message}${rest.join("")}\n`;
};

function head(time: number, level: string): string {
  return `${isoTime(time).slice(11)} ${level.toUpperCase().padEnd(5)}`;
}

/** Quoted when a reader could not tell where it ends. */
function legible(text: string): string {
  return isPlain(text) && !text.includes(" ") ? text : quoted(text);
}
