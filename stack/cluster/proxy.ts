import { BlockList, isIP } from "node:net";

/**
 * The environment's proxy for an address, by the rules of kubectl, Helm and Pulumi's providers:
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy. Undefined if there is none.
 */
export function proxyFor(
  address: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const url = new URL(address);
  const proxy =
    url.protocol === "https:" ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy;
  if (!proxy) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (isLoopback(host)) return undefined;
  const excluded = (env.NO_PROXY || env.no_proxy || "").split(",").map((one) => one.trim().toLowerCase());
  if (excluded.some((one) => one !== "" && covers(one, host, port))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || inNetwork("127.0.0.0", 8, host) || host === "::1";
}

/** Whether an entry of NO_PROXY matches a host: `*`, an address, a network, or a domain with its subdomains. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, network, prefix] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
  if (network !== undefined) return inNetwork(network, Number(prefix), host);
  if (isIP(entry)) return entry === host;
  const [, bracketed, plain, onlyPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const name = (bracketed ?? plain ?? entry).replace(/^\*\./, ".");
  if (isIP(host)) return name === host;
  return host === name || host.endsWith(name.startsWith(".") ? name : `.${name}`);
}

function inNetwork(network: string, prefix: number, host: string): boolean {
  const family = isIP(network);
  if (family === 0 || family !== isIP(host)) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  try {
    list.addSubnet(network, prefix, type);
  } catch {
    return false; // An invalid prefix.
  }
  return list.check(host, type);
}
