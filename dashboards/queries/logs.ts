import { logFields as field } from "../../service/src/log/line.ts";
import { logStream } from "../datasources.ts";

/** The log streams of the servers chosen by the variables of a dashboard. */
const chosen = `{app="${logStream.app}", namespace=~"$namespace", pod=~"$pod"}`;

/** Only a request's line names a request, in JSON as in text. */
const ofRequests = `${chosen} |= "${field.requestId}"`;

/** What a dashboard shows of a line: the request in a sentence, or what the server says about itself. */
const sentence =
  `{{if .${field.route}}}{{.${field.status}}} {{.${field.method}}} {{.${field.path}}} ` +
  `in {{.${field.duration}}} ms (delay {{.${field.delay}}} ms) ` +
  `${field.requestId}={{.${field.requestId}}}{{else}}{{.${field.message}}}{{end}}`;

/** The lines of the chosen servers and routes, or those of one request. */
export function chosenLines(format: "json" | "text"): string {
  const searched = `${chosen} |= "$request_id"`;
  if (format === "text") return searched;
  return `${searched} | json | ${field.route}=~"$route" | line_format \`${sentence}\``;
}

/** Lines by their level: of each, how many in an interval. */
export function linesByLevel(format: "json" | "text"): string {
  const parsed = format === "json" ? `json ${field.level}="${field.level}"` : "pattern `<_> <level> <_>`";
  return `sum by (level) (count_over_time(${chosen} | ${parsed} [$__interval]))`;
}

/** Requests a second that were logged. */
export function loggedRate(): string {
  return `sum by (pod) (rate(${ofRequests} [$__interval]))`;
}
