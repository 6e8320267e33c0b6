/**
 * Variables that make Node's requests use the environment's proxies, except for this machine, and
 * trust the system's certificates.
 */
export function throughProxies(environment) {
  const has = (name) => environment[name] || environment[name.toUpperCase()];
  const trust = { NODE_USE_SYSTEM_CA: environment.NODE_USE_SYSTEM_CA || "1" };
  if (!has("http_proxy") && !has("https_proxy")) return trust;
  const except = [has("no_proxy"), "localhost", "127.0.0.1", "::1"].filter(Boolean).join(",");
  return { ...trust, NODE_USE_ENV_PROXY: "1", NO_PROXY: except, no_proxy: except };
}
