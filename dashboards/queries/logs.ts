import { logFields as field } from "../../service/src/log/line.ts";
import { logStream } from "../datasources.ts";

/** The log streams of the servers selected by the dashboard's variables. */
const chosen = `{app="${logStream.app}", namespace=~"$namespace", pod=~"$pod"}`;

/** Selects one request, in JSON and in text. */
const ofRequests = `${chosen} |= "${field.requestId}"`;

/** The displayed form of a line: the request as a sentence, or the server's message. */
const sentence =
  `{{if .${field.route}}}{{.${field.status}}} {{.${field.method}}} {{.${field.path}}} ` +
  `in {{.${field.duration}}} ms (delay {{.${field.delay}}} ms) ` +
  `${field.requestId}={{.${field.requestId}}}{{else}}{{.${field.message}}}{{end}}`;

/** The lines of the selected servers and routes, or of a single request. */
export function chosenLines(format: "json" | "text"): string {
  const searched = `${chosen} |= "$request_id"`;
  if (format === "text") return searched;
  return `${searched} | json | ${field.route}=~"$route" | line_format \`${sentence}\``;
}

/** Number of lines per interval, by level. */
export function linesByLevel(format: "json" | "text"): string {
  const parsed = format === "json" ? `json ${field.level}="${field.level}"` : "pattern `<_> <level> <_>`";
  return `sum by (level) (count_over_time(${chosen} | ${parsed} [$__interval]))`;
}

/** Logged requests per second. */
export function loggedRate(): string {
  return `sum by (pod) (rate(${ofRequests} [$__interval]))`;
}
