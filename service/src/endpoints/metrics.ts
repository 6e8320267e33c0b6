import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { preferred } from "../request/accept.ts";
import { watchingRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { answer } from "./answer.ts";
import { endpoint, readOnly } from "./endpoint.ts";

const compressed = promisify(gzip);

/** `/metrics`: text format 0.0.4, or OpenMetrics with exemplars, and gzip, for scrapers that accept them. */
export function metricsEndpoint(service: Service) {
  return endpoint(service, watchingRoutes.metrics, readOnly, async (exchange) => {
    const { accept, "accept-encoding": acceptEncoding } = exchange.incoming.headers;
    await service.refresh();
    const format = preferred(accept, ["text/plain", "application/openmetrics-text"]);
    const registry =
      format === "application/openmetrics-text" ? service.registries.openMetrics : service.registries.text;
    const text = await registry.metrics();
    if (acceptEncoding === undefined || preferred(acceptEncoding, ["identity", "gzip"]) !== "gzip") {
      return answer(service, exchange, { status: 200, body: { type: registry.contentType, content: text } });
    }
    return answer(service, exchange, {
      status: 200,
      body: { type: registry.contentType, content: new Uint8Array(await compressed(text)) },
      headers: ["Content-Encoding", "gzip"],
    });
  });
}
