// The one place that knows of Node's request: what a fetch `Request` does not tell.
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { Env } from "../env.ts";

/** The path and query as the client sent them; those of `c.req` are normalized. */
export function requestTarget(c: Context<Env>): string {
  return c.env.incoming.url ?? "";
}

/** The client's address; IPv4 as it is written, also where the server listens on IPv6 for both. */
export function clientAddress(c: Context<Env>): string {
  const { address = "" } = getConnInfo(c).remote;
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
