import { BlockList, isIP } from "node:net";
import { hostName } from "./plan.ts";
import { dockerConfig } from "./preflight/docker-config.ts";
import type { EngineInfo } from "./preflight/engine.ts";

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

/** `fetch` through the environment's proxy, which Node's `fetch` ignores by default. */
export async function fetchThroughProxy(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const proxy = proxyFor(String(address));
  if (proxy === undefined) return fetch(address, init);
  const undici = await import("undici");
  const options = { ...init, dispatcher: new undici.ProxyAgent(proxy) } as Parameters<typeof undici.fetch>[1];
  return undici.fetch(address, options) as unknown as Promise<Response>;
}

/** Proxy variables for programs in containers. */
export interface Proxies {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY?: string;
}

/**
 * This machine's proxies: from the environment, else from Docker's settings for containers, else
 * from the engine. All from one place, because a proxy and its exceptions belong together.
 */
export function findProxies(info: Pick<EngineInfo, "HttpProxy" | "HttpsProxy" | "NoProxy">): Proxies {
  const ofDocker = dockerConfig().proxies?.default ?? {};
  const places = [
    ["http_proxy", "https_proxy", "no_proxy"].map(
      (name) => process.env[name] || process.env[name.toUpperCase()],
    ),
    [ofDocker.httpProxy, ofDocker.httpsProxy, ofDocker.noProxy],
    [info.HttpProxy, info.HttpsProxy, info.NoProxy],
  ];
  const [http, https, no] = places.find(([http, https]) => http || https) ?? [];
  return {
    ...(http ? { HTTP_PROXY: fromContainers(http) } : {}),
    ...(https ? { HTTPS_PROXY: fromContainers(https) } : {}),
    ...(no ? { NO_PROXY: no } : {}),
  };
}

/** Adds names and addresses to reach without a proxy. */
export function withoutProxyFor(proxies: Proxies, inside: readonly string[]): Proxies {
  if (!proxies.HTTP_PROXY && !proxies.HTTPS_PROXY) return {};
  return { ...proxies, NO_PROXY: [...(proxies.NO_PROXY ? [proxies.NO_PROXY] : []), ...inside].join(",") };
}

/** Containers reach a proxy on this machine under a name other than localhost. */
function fromContainers(proxy: string): string {
  return proxy.replace(/(^|\/\/|@)(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/, `$1${hostName}`);
}
