import { STATUS_CODES } from "node:http";
import { clientLeft, type EndedRequest } from "../ended-request.ts";

/** Maximum number of series per metric. Further combinations are merged. */
const mostSeries = 100;

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const otherMethod = "OTHER";

/** The label values of a request. */
export interface RequestLabels extends Record<"method" | "route" | "status", string> {}

/** Limits the number of label values, because clients choose methods and statuses. */
export class BoundedLabels {
  readonly #known = new Set<string>();

  of({ method, route, status }: Pick<EndedRequest, "method" | "route" | "status">): RequestLabels {
    const wellKnown = status === clientLeft || status in STATUS_CODES;
    const statusClass = `${Math.floor(status / 100)}xx`;
    const exact = {
      method: methods.has(method) ? method : otherMethod,
      route,
      status: wellKnown ? String(status) : statusClass,
    };
    if (this.#known.has(keyOf(exact))) return exact;
    const labels =
      this.#known.size < mostSeries ? exact : { method: otherMethod, route, status: statusClass };
    this.#known.add(keyOf(labels));
    return labels;
  }
}

function keyOf({ method, route, status }: RequestLabels): string {
  return `${method} ${route} ${status}`;
}
