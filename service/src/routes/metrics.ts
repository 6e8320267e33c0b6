import type { Handler } from "hono";
import { accepts } from "hono/accepts";
import type { Env } from "../env.ts";
import type { Exposition } from "../metrics/exposition.ts";
import { respond } from "./reply.ts";

/** `/metrics`: text format 0.0.4, or OpenMetrics with exemplars for scrapers that accept it. */
export function metricsRoute(exposition: Exposition): Handler<Env> {
  return async (c) => {
    const accepted = accepts(c, {
      header: "Accept",
      supports: ["text/plain", "application/openmetrics-text"],
      default: "text/plain",
    });
    const { text, contentType } =
      accepted === "application/openmetrics-text" ? await exposition.openMetrics() : await exposition.text();
    return respond(c, 200, text, { "Content-Type": contentType });
  };
}
