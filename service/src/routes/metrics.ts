import type { Handler } from "hono";
import { accepts } from "hono/accepts";
import type { Exposition } from "../metrics/exposition.ts";
import type { Env } from "../request.ts";
import { respond } from "./reply.ts";

/** `/metrics`: text format 0.0.4, or OpenMetrics with exemplars if the scraper accepts it. */
export function metricsRoute(exposition: Exposition): Handler<Env> {
  return async (c) => {
    const accepted = accepts(c, {
      header: "Accept",
      supports: ["text/plain", "application/openmetrics-text"],
      default: "text/plain",
    });
    const format = accepted === "text/plain" ? exposition.text() : exposition.openMetrics();
    const { text, contentType } = await format;
    return respond(c, 200, text, { "Content-Type": contentType });
  };
}
