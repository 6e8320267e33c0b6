import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { requestListener } from "../listener.ts";
import { ExchangeResponse } from "../request/exchange.ts";
import type { Service } from "../service.ts";
import { refuse } from "./refuse.ts";

export type HttpServer = Server<typeof IncomingMessage, typeof ExchangeResponse>;

/** Connections that may wait to be accepted; the kernel cuts it to its own limit (net.core.somaxconn). */
const backlog = 65_535;

/** Listens with the configured limits; ready to accept when the promise resolves. */
export async function listen(
  { settings, meters }: Service,
  port: number,
  listener: ReturnType<typeof requestListener>,
): Promise<{ server: HttpServer; port: number }> {
  const server = createServer(
    {
      ServerResponse: ExchangeResponse,
      maxHeaderSize: settings.maxHeaderSize,
      requestTimeout: settings.requestTimeout,
      headersTimeout: settings.requestTimeout,
      keepAliveTimeout: settings.keepAliveTimeout,
      connectionsCheckingInterval: Math.min(settings.requestTimeout, 5000),
    },
    listener,
  );
  server.maxConnections = settings.maxConnections;
  server.on("drop", () => meters.refusedConnections.value++);
  // An expectation that nobody meets is no reason not to answer.
  server.on("checkExpectation", listener);
  server.on("clientError", (error, socket) => {
    if (refuse(error, socket as Socket)) meters.malformedRequests.value++;
  });
  server.listen({ port, host: settings.host, backlog });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** How many clients are connected. */
export async function openConnections(servers: readonly HttpServer[]): Promise<number> {
  const counts = servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        server.getConnections((_error, count) => resolve(count ?? 0));
      }),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
