import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import type { Env } from "./env.ts";

/** Connections that may wait to be accepted; the kernel cuts it to its own limit (net.core.somaxconn). */
const backlog = 65_535;

/** The server answers for every name. */
const anyName = "localhost";

/** Where and how to listen. */
export interface ListenOptions extends ServerOptions {
  port: number;
  /** @default all addresses */
  host?: string | undefined;
  maxConnections?: number;
  /** A connection was closed at once because there were `maxConnections`. */
  onRefused?: () => void;
  /** What a client sent was no HTTP request, or exceeded a limit. */
  onMalformed?: () => void;
}

/** Serves an app over HTTP; ready to accept when the promise resolves. */
export async function listen(
  app: Hono<Env>,
  { port, host, maxConnections, onRefused = () => {}, onMalformed = () => {}, ...options }: ListenOptions,
): Promise<{ server: Server; port: number }> {
  /** The latest response that is still to come on each connection. */
  const latest = new WeakMap<Socket, ServerResponse>();
  const serve = getRequestListener(app.fetch, {
    hostname: anyName,
    errorHandler: (error) => {
      if (!(error instanceof RequestError)) return new Response(null, { status: 500 });
      onMalformed();
      return new Response(`This is no valid request: ${error.message}.\n`, { status: 400 });
    },
  });
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The adapter would refuse some that are legal, and HTTP/1.0 clients that send none.
    incoming.headers.host = anyName;
    const { socket } = incoming;
    latest.set(socket, outgoing);
    // Kept until the next one it would be copied in each collection, with all that belongs to it. A response
    // that is behind another when its connection breaks is never closed: the map is weak for those.
    outgoing.on("close", () => {
      if (latest.get(socket) === outgoing) latest.delete(socket);
    });
    void serve(incoming, outgoing);
  };

  const server = createServer(options, listener);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.on("drop", onRefused);
  // An expectation that nobody meets is no reason not to answer.
  server.on("checkExpectation", listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (refuse(error, socket, latest.has(socket))) onMalformed();
  });
  server.listen({ port, host, backlog });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/**
 * Ends a connection on which something came that is no request, and says what was wrong if the client is still there.
 *
 * @returns whether the client sent something wrong, rather than just leaving
 */
function refuse(error: NodeJS.ErrnoException, socket: Socket, isServing: boolean): boolean {
  const status = statusOf(error.code ?? "");
  if (status === undefined || !socket.writable) {
    socket.destroy();
    return false;
  }
  // The client would take it for the response to a request before, which is still to come.
  if (isServing) socket.destroy();
  else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  return true;
}

function statusOf(code: string): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return code.startsWith("HPE_") ? "400 Bad Request" : undefined;
}

/** How many clients are connected. */
export async function openConnections(servers: readonly Server[]): Promise<number> {
  const counts = servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        server.getConnections((_error, count) => resolve(count ?? 0));
      }),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
