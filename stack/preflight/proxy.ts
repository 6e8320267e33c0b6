import { dockerConfig } from "./docker-config.ts";
import type { EngineInfo } from "./engine.ts";

/** Variables that tell programs in containers which proxy to use: none, or some of these. */
export interface Proxies {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY?: string;
}

/**
 * The proxies of this machine: of the environment, else what Docker's settings have for containers,
 * else the engine's own. Of one place, since a proxy and its exceptions belong together.
 */
export function findProxies(info: Pick<EngineInfo, "HttpProxy" | "HttpsProxy" | "NoProxy">): Proxies {
  const ofDocker = dockerConfig().proxies?.default ?? {};
  const places = [
    {
      http: fromEnvironment("http_proxy"),
      https: fromEnvironment("https_proxy"),
      no: fromEnvironment("no_proxy"),
    },
    { http: ofDocker.httpProxy, https: ofDocker.httpsProxy, no: ofDocker.noProxy },
    { http: info.HttpProxy, https: info.HttpsProxy, no: info.NoProxy },
  ];
  const found = places.find(({ http, https }) => http || https);
  if (!found) return {};
  return {
    ...(found.http ? { HTTP_PROXY: fromContainers(found.http) } : {}),
    ...(found.https ? { HTTPS_PROXY: fromContainers(found.https) } : {}),
    ...(found.no ? { NO_PROXY: found.no } : {}),
  };
}

/** The same with names and addresses that never lead to a proxy. */
export function withoutProxyFor(proxies: Proxies, inside: readonly string[]): Proxies {
  if (!proxies.HTTP_PROXY && !proxies.HTTPS_PROXY) return {};
  return { ...proxies, NO_PROXY: [...(proxies.NO_PROXY ? [proxies.NO_PROXY] : []), ...inside].join(",") };
}

/** Whether `fetch` asks the proxies of the environment: `npm run` tells it to, where this Node can. */
export function fetchUsesProxies(): boolean {
  return process.env.NODE_USE_ENV_PROXY === "1" && process.allowedNodeEnvironmentFlags.has("--use-env-proxy");
}

/** Whether the environment names a proxy. */
export function hasProxy(): boolean {
  return Boolean(fromEnvironment("https_proxy") ?? fromEnvironment("http_proxy"));
}

function fromEnvironment(name: string): string | undefined {
  return process.env[name] || process.env[name.toUpperCase()] || undefined;
}

/** A proxy on this machine is another one's, seen from a container. */
function fromContainers(proxy: string): string {
  return proxy.replace(
    /(^|\/\/|@)(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/,
    "$1host.docker.internal",
  );
}
