import { proxyFor } from "./cluster/proxy.ts";

/** `fetch` through the environment's proxy, which Node's `fetch` ignores by default. */
export async function fetchThroughProxy(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const proxy = proxyFor(String(address));
  if (proxy === undefined) return fetch(address, init);
  const undici = await import("undici");
  const options = { ...init, dispatcher: new undici.ProxyAgent(proxy) } as Parameters<typeof undici.fetch>[1];
  return undici.fetch(address, options) as unknown as Promise<Response>;
}
