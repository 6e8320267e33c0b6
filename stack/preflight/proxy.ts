import { dockerConfig } from "./docker-config.ts";
import type { EngineInfo } from "./engine.ts";

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

/** Adds names and addresses to reach without a proxy. */
export function withoutProxyFor(proxies: Proxies, inside: readonly string[]): Proxies {
  if (!proxies.HTTP_PROXY && !proxies.HTTPS_PROXY) return {};
  return { ...proxies, NO_PROXY: [...(proxies.NO_PROXY ? [proxies.NO_PROXY] : []), ...inside].join(",") };
}

/** Whether `fetch` uses the environment's proxies. `npm run` enables this if Node supports it. */
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

/** Containers reach a proxy on this machine under another name than localhost. */
function fromContainers(proxy: string): string {
  return proxy.replace(
    /(^|\/\/|@)(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/,
    "$1host.docker.internal",
  );
}
