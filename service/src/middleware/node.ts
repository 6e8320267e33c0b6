// The only file that uses Node's request, for what a fetch `Request` does not have.
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Env } from "../request.ts";

/** The path and query as the client sent them. `c.req` has them normalized. */
export function requestTarget(c: Context<Env>): string {
  return c.env.incoming.url ?? "";
}

/** The client's address. On a socket for IPv6 and IPv4, Node adds a prefix to IPv4 addresses. */
export function clientAddress(c: Context<Env>): string {
  const { address = "" } = getConnInfo(c).remote;
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
