import { STATUS_CODES } from "node:http";
import { clientLeft, type RequestRecord } from "../request.ts";

/** Maximum number of series per metric. Further combinations are merged. */
const maxSeries = 100;

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Limits the number of label values, because clients choose methods and statuses. */
export function boundedLabels() {
  const known = new Set<string>();
  return ({ method, route, status }: Pick<RequestRecord, "method" | "route" | "status">) => {
    const statusClass = `${Math.floor(status / 100)}xx`;
    const exact = {
      method: methods.has(method) ? method : "OTHER",
      route,
      status: status === clientLeft || status in STATUS_CODES ? String(status) : statusClass,
    };
    const key = Object.values(exact).join(" ");
    if (!known.has(key) && known.size >= maxSeries) return { method: "OTHER", route, status: statusClass };
    known.add(key);
    return exact;
  };
}
