import {
  ascii,
  type EventFormat,
  logFields as f,
  isoTime,
  quoted,
  type RequestFormat,
  rounded,
} from "./line.ts";

// What stands between two values, joined once and not for every request.
const between = {
  time: `{"${f.time}":"`,
  level: `","${f.level}":"`,
  requestId: `","${f.message}":"request","${f.requestId}":"`,
  method: `","${f.method}":"`,
  route: `","${f.route}":"`,
  path: `","${f.path}":`,
  status: `,"${f.status}":`,
  delay: `,"${f.delay}":`,
  duration: `,"${f.duration}":`,
  responseSize: `,"${f.responseSize}":`,
  client: `,"${f.client}":"`,
  userAgent: `","${f.userAgent}":`,
};

/**
 * One JSON object a line.
 *
 * Written out by hand because it runs for every request; only what a client
 * sends can hold anything that JSON has to escape.
 */
export const requestAsJson: RequestFormat = (level, request) => {
  const b = between;
  let text =
    b.time +
    isoTime(request.time) +
    b.level +
    level +
    b.requestId +
    request.requestId +
    b.method +
    request.method +
    b.route +
    request.route +
    b.path +
    quoted(request.path) +
    b.status +
    request.status +
    b.delay +
    request.delay +
    b.duration +
    rounded(request.total) +
    b.responseSize +
    request.responseSize +
    b.client +
    request.client +
    b.userAgent +
    quoted(request.userAgent);
  if (request.trace !== undefined) {
    const { traceId, spanId, parentId } = request.trace;
    text += `,"${f.traceId}":"${traceId}","${f.spanId}":"${spanId}","${f.parentId}":"${parentId}"`;
  }
  if (request.injectedError) text += `,"${f.injectedError}":true`;
  if (request.aborted) text += `,"${f.aborted}":true`;
  return `${text}}\n`;
};

/** One JSON object a line about the server itself. */
export const eventAsJson: EventFormat = (time, level, message, fields) =>
  `${ascii(JSON.stringify({ [f.time]: isoTime(time), [f.level]: level, [f.message]: message, ...fields }))}\n`;
