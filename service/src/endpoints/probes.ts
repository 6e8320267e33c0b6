import { watchingRoutes } from "../routes.ts";
import type { Service } from "../service.ts";
import { answer } from "./answer.ts";
import { endpoint, readOnly } from "./endpoint.ts";

/** `/healthz`: whether the process is alive; it is, as long as it answers. */
export function healthEndpoint(service: Service) {
  return endpoint(service, watchingRoutes.health, readOnly, (exchange) =>
    answer(service, exchange, { status: 200, text: "ok" }),
  );
}

/** `/readyz`: whether new requests should be sent here. */
export function readyEndpoint(service: Service) {
  return endpoint(service, watchingRoutes.ready, readOnly, (exchange) =>
    service.phase === "ready"
      ? answer(service, exchange, { status: 200, text: "ready" })
      : answer(service, exchange, { status: 503, text: "shutting down" }),
  );
}
