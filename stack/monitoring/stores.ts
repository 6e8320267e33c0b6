// The user's own stores, in the values of the release: where samples and log lines are sent and queried.
import type { DatasourceAccess } from "../../dashboards/index.ts";
import type { MonitoringOptions } from "./options.ts";
import {
  authorizationFile,
  fileOf,
  mount,
  mounted,
  type StoreFiles,
  secretName,
  volume,
} from "./store-files.ts";

type Files = Pick<MonitoringOptions, "storeFiles">;

/** The Secret's volume and its mount in a pod, and both in the form of the charts of Prometheus and Grafana. */
export function storeVolumes({ storeFiles = [] }: Files) {
  if (storeFiles.length === 0) return { volumes: [], mounts: [], secretMounts: [] };
  return { volumes: [volume], mounts: [mount], secretMounts: [mounted] };
}

/** The environment of programs in Go: they trust the authorities in this folder and those of their image. */
export function trustedAuthorities({ storeFiles = [] }: Files): { name: string; value: string }[] {
  return storeFiles.includes("ca.crt") ? [{ name: "SSL_CERT_DIR", value: mount.mountPath }] : [];
}

/** Restarts a pod that reads the Secret into its environment. */
export function storesAnnotation({ storesVersion }: MonitoringOptions): Record<string, string> {
  return storesVersion === undefined ? {} : { "latency-lab/stores-version": storesVersion };
}

/** Where Prometheus sends every sample, with exemplars, which link a point to a request. */
export function remoteWrite(options: MonitoringOptions): object[] {
  const { remoteWriteUrl: url, metricsHeaders: headers = {} } = options;
  if (url === undefined) return [];
  return [
    {
      url,
      send_exemplars: true,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...clientLogin(options.metricsUsername, "metrics-password", options),
    },
  ];
}

/** The flags of a Prometheus without storage and rules: it refuses those of both. */
export function agentFlags({ versions, prometheusUrl }: MonitoringOptions): string[] {
  return [
    versions === "chart" ? "--enable-feature=agent" : "--agent",
    "--config.file=/etc/config/prometheus.yml",
    "--storage.agent.path=/data",
    "--web.enable-lifecycle",
    `--web.external-url=${prometheusUrl}`,
  ];
}

/** Promtail's tenant and login. */
export function promtailLogin(options: MonitoringOptions): object {
  const { lokiTenant, lokiUsername } = options;
  return {
    ...(lokiTenant === undefined ? {} : { tenant_id: lokiTenant }),
    ...clientLogin(lokiUsername, "loki-password", options),
  };
}

/** The same for the OpenTelemetry Collector: the headers, and the environment for them. */
export function collectorLogin({ lokiTenant, storeFiles = [] }: MonitoringOptions) {
  const name = "LOKI_AUTHORIZATION";
  const hasLogin = storeFiles.includes("loki-password");
  return {
    headers: {
      ...(lokiTenant === undefined ? {} : { "X-Scope-OrgID": lokiTenant }),
      ...(hasLogin ? { Authorization: `\${env:${name}}` } : {}),
    },
    env: hasLogin ? [{ name, valueFrom: inSecret(authorizationFile) }] : [],
  };
}

/** A login for the HTTP clients of Prometheus and Promtail, which read the file for every request. */
function clientLogin(
  username: string | undefined,
  file: keyof StoreFiles,
  { storeFiles = [] }: Files,
): object {
  if (!storeFiles.includes(file)) return {};
  return username === undefined
    ? { authorization: { credentials_file: fileOf(file) } }
    : { basic_auth: { username, password_file: fileOf(file) } };
}

/** Grafana's environment variable. Only `$NAME` keeps a `$` in its value: `${NAME}` and `$__file{}` do not. */
const variableOf = (file: keyof StoreFiles) => file.toUpperCase().replaceAll(/\W/g, "_");

/** Grafana's environment with the passwords. */
export function passwordVariables({ storeFiles = [] }: Files): Record<string, object> {
  const passwords = storeFiles.filter((file) => file !== "ca.crt");
  return Object.fromEntries(passwords.map((file) => [variableOf(file), inSecret(file)]));
}

const inSecret = (key: string) => ({ secretKeyRef: { name: secretName, key } });

/** The login and headers of a datasource. */
function datasourceAccess(
  username: string | undefined,
  file: keyof StoreFiles,
  headers: Readonly<Record<string, string>>,
  { storeFiles = [] }: Files,
): DatasourceAccess {
  const password = storeFiles.includes(file) ? `$${variableOf(file)}` : undefined;
  if (password === undefined) return { headers };
  return username === undefined
    ? { headers: { ...headers, Authorization: `Bearer ${password}` } }
    : { headers, username, password };
}

/** How Grafana logs in to both stores. */
export function storeAccess(options: MonitoringOptions) {
  const { metricsHeaders = {}, metricsUsername, queryUrl, lokiTenant, lokiUsername } = options;
  const tenant = lokiTenant === undefined ? {} : { "X-Scope-OrgID": lokiTenant };
  return {
    ...(queryUrl === undefined
      ? {}
      : { prometheusAccess: datasourceAccess(metricsUsername, "metrics-password", metricsHeaders, options) }),
    lokiAccess: datasourceAccess(lokiUsername, "loki-password", tenant, options),
  };
}
