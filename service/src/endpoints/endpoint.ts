import type { Exchange } from "../request/exchange.ts";
import type { Route } from "../routes.ts";
import type { Service } from "../service.ts";
import { type Answer, answer } from "./answer.ts";

/** What an endpoint does with a request; `parameter` is the part of the path that varies, the `250ms` of `/delay/250ms`. */
export type Serve = (exchange: Exchange, parameter: string) => Answer | Promise<Answer>;

/** Methods of requests that ask for something to be done slowly; bodies are read and thrown away. */
export const anyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
/** Methods of requests that only look. */
export const readOnly = ["GET", "HEAD"] as const;

/** One route: names it for metrics and logs, and refuses methods that it does not have. */
export function endpoint(service: Service, route: Route, methods: readonly string[], serve: Serve): Serve {
  const allow = [...methods, "OPTIONS"].join(", ");
  return (exchange, parameter) => {
    exchange.route = route;
    exchange.handled = exchange.resumed = performance.now();
    const { method } = exchange;
    if (methods.includes(method)) return serve(exchange, parameter);
    if (method === "OPTIONS") return answer(service, exchange, { status: 204, headers: ["Allow", allow] });
    return answer(service, exchange, {
      status: 405,
      headers: ["Allow", allow],
      text: `${route} does not know this method; it knows ${allow}.`,
    });
  };
}

/** The value of a query parameter; undefined when the request has none of that name. */
export function query({ path }: Exchange, name: string): string | undefined {
  const start = path.indexOf("?");
  return start === -1 ? undefined : (new URLSearchParams(path.slice(start + 1)).get(name) ?? undefined);
}
