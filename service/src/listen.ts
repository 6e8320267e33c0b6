// The only file that uses Node's own requests, responses and sockets.
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { promisify } from "node:util";
import { getRequestListener, type HttpBindings, RequestError } from "@hono/node-server";
import type { Hono } from "hono";

/** Connections that may wait to be accepted. The kernel limits it to net.core.somaxconn. */
const backlog = 65_535;

/** The host of every request's URL: the server ignores the `Host` header. */
const hostname = "localhost";

/** Where and how to listen. */
export interface ListenOptions extends ServerOptions {
  port: number;
  /** @default all addresses */
  host?: string | undefined;
  /** @default unlimited */
  maxConnections?: number;
  /** A connection was closed because `maxConnections` were open. */
  onRefused?: () => void;
  /** A client sent something that is not a valid request, or exceeded a limit. */
  onMalformed?: () => void;
}

/** Serves an app over HTTP. Resolves when the server accepts connections. */
export async function listen(
  { fetch }: Pick<Hono<{ Bindings: HttpBindings }>, "fetch">,
  options: ListenOptions,
): Promise<{ server: Server; port: number }> {
  const {
    port,
    host,
    maxConnections = Number.POSITIVE_INFINITY,
    onRefused = () => {},
    onMalformed = () => {},
  } = options;
  const serve = getRequestListener(fetch, {
    hostname,
    errorHandler: (error) => {
      if (!(error instanceof RequestError)) return new Response(null, { status: 500 });
      onMalformed();
      return new Response(`Invalid request: ${error.message}.\n`, { status: 400 });
    },
  });
  /** The latest response in progress on each connection. */
  const latest = new WeakMap<Socket, ServerResponse>();
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The adapter rejects some valid names, and HTTP/1.0 clients can omit the header.
    incoming.headers.host = hostname;
    const { socket } = incoming;
    latest.set(socket, outgoing);
    // Kept until the next request, the response would have to be copied by the garbage collector.
    outgoing.on("close", () => {
      if (latest.get(socket) === outgoing) latest.delete(socket);
    });
    void serve(incoming, outgoing);
  };

  // A request without a body, which is the usual one, then costs no stream events.
  const server = createServer({ optimizeEmptyRequests: true, ...options }, listener);
  server.maxConnections = maxConnections;
  server.on("drop", onRefused);
  // Responds to any `Expect` header, instead of with 417.
  server.on("checkExpectation", listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = statusOf(error.code ?? "");
    if (status === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    onMalformed();
    // The client would take an error for the response to its previous request.
    if (latest.has(socket)) socket.destroy();
    else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen({ port, host, backlog });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** The response to a client's error; undefined if the client disconnected. */
function statusOf(code: string): string | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return code.startsWith("HPE_") ? "400 Bad Request" : undefined;
}

/** The number of open client connections. */
export async function openConnections(servers: readonly Server[]): Promise<number> {
  const counts = servers.map((server) => promisify(server.getConnections).call(server));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The path and query as the client sent them. `c.req` has them normalized. */
export function requestTarget({ incoming }: HttpBindings): string {
  return incoming.url ?? "";
}

/** The client's address. On a socket for IPv6 and IPv4, Node adds a prefix to IPv4 addresses. */
export function clientAddress({ incoming }: HttpBindings): string {
  const address = incoming.socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
