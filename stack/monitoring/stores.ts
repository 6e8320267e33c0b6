// The user's own stores, in the values of the release: where samples and log lines are sent and queried.
import type { DatasourceAccess } from "../../dashboards/index.ts";
import type { MonitoringOptions } from "./options.ts";
import { asShards } from "./shards.ts";
import { fileOf, mount, mounted, type StoreFiles, secretName, volume } from "./store-files.ts";

/** Connects Prometheus, the collector of logs and Grafana to the stores. */
// biome-ignore lint/suspicious/noExplicitAny: values of any chart
export function withStores(values: any, options: MonitoringOptions): Record<string, unknown> {
  const { storeFiles = [] } = options;
  const { prometheus, promtail, grafana } = values;
  if (options.queryUrl !== undefined) asAgent(prometheus, options);
  Object.assign(promtail.config.clients[0], {
    ...(options.lokiTenant === undefined ? {} : { tenant_id: options.lokiTenant }),
    ...clientLogin(options.lokiUsername, "loki-password", options),
  });
  if (storeFiles.length > 0) {
    Object.assign(prometheus.server, { extraSecretMounts: [mounted] });
    Object.assign(promtail, { extraVolumes: [volume], extraVolumeMounts: [mount] });
    grafana.envValueFrom = Object.fromEntries(
      storeFiles
        .filter((key) => key !== "ca.crt")
        .map((key) => [variableOf(key), { secretKeyRef: { name: secretName, key } }]),
    );
    // Grafana reads its environment at start.
    grafana.podAnnotations["latency-lab/stores-version"] = options.storesVersion;
  }
  if (storeFiles.includes("ca.crt")) {
    prometheus.server.env = [authorities];
    promtail.extraEnv = [authorities];
    grafana.env = { [authorities.name]: authorities.value };
    grafana.extraSecretMounts = [mounted];
  }
  if (options.scrapeShards > 1) asShards(prometheus, options);
  return values;
}

/** Programs in Go trust the authorities in this folder and those of their image. */
const authorities = { name: "SSL_CERT_DIR", value: mount.mountPath } as const;

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

/** Prometheus without storage and rules: it refuses the flags and fields of both. */
// biome-ignore lint/suspicious/noExplicitAny: values of any chart
function asAgent(prometheus: any, { prometheusUrl }: MonitoringOptions): void {
  prometheus.server.defaultFlagsOverride = [
    "--enable-feature=agent",
    "--config.file=/etc/config/prometheus.yml",
    "--storage.agent.path=/data",
    "--web.enable-lifecycle",
    `--web.external-url=${prometheusUrl}`,
  ];
  prometheus.serverFiles = { "prometheus.yml": { rule_files: [] } };
  // The store's ruler has its own.
  prometheus.alertmanager.enabled = false;
}

type Files = Pick<MonitoringOptions, "storeFiles">;

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
