import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registries } from "../metrics/registry.ts";
import { watchingRoutes } from "../routes.ts";

/** A port on which the load generator can be probed and scraped. */
export async function watchPort(
  port: number,
  registries: Registries,
): Promise<{ server: Server; port: number }> {
  const server = createServer(async ({ url = "", headers }, outgoing) => {
    if (url === watchingRoutes.health || url === watchingRoutes.ready) {
      outgoing.end("ok\n");
    } else if (url === watchingRoutes.metrics) {
      const open = headers.accept?.includes("application/openmetrics-text") === true;
      const registry = open ? registries.openMetrics : registries.text;
      outgoing.setHeader("Content-Type", registry.contentType).end(await registry.metrics());
    } else {
      outgoing.writeHead(404).end("There is nothing here. Try /metrics.\n");
    }
  });
  server.listen(port);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}
