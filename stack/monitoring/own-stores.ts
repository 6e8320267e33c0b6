// The user's own stores: the Secret with their logins, and what the values of the release need, where samples and
// log lines are sent and queried.
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { type CustomResourceOptions, type Input, type Output, output, secret } from "@pulumi/pulumi";
import type { DatasourceAccess } from "../../dashboards/index.ts";
import type { MonitoringOptions, StoreFiles } from "./options.ts";

const secretName = "stores";

/** Where the pods mount the Secret. */
const mountPath = "/etc/stores";

/** Path of a file in the pods. */
const fileOf = (name: keyof StoreFiles) => `${mountPath}/${name}`;

/** The login of Loki as a header's value, which is all that the OpenTelemetry Collector can read from a Secret. */
const authorizationFile = "loki-authorization";

/** Creates the Secret if there are files. Its version changes with their content. */
export function storesSecret(
  namespace: Input<string>,
  files: StoreFiles,
  lokiUsername: string | undefined,
  options: CustomResourceOptions,
): { files: (keyof StoreFiles)[]; version: Output<string | undefined> } {
  const given = Object.entries(files).filter(([, content]) => content !== undefined);
  if (given.length === 0) return { files: [], version: output(undefined) };
  const stringData = Object.fromEntries(given.map(([name, content]) => [name, secret(content)]));
  const password = stringData["loki-password"];
  if (password !== undefined)
    stringData[authorizationFile] = password.apply((text) =>
      lokiUsername === undefined
        ? `Bearer ${text}`
        : `Basic ${Buffer.from(`${lokiUsername}:${text}`).toString("base64")}`,
    );
  const { metadata } = new Secret(
    "stores",
    { metadata: { name: secretName, namespace }, type: "Opaque", stringData },
    options,
  );
  return { files: given.map(([name]) => name as keyof StoreFiles), version: metadata.uid };
}

/** Loki's URL for the collector and Grafana, without a trailing slash. */
export function lokiAt({ lokiUrl, release }: Pick<MonitoringOptions, "lokiUrl" | "release">): string {
  return lokiUrl?.replace(/\/+$/, "") ?? `http://${release}:3100`;
}

type Files = Pick<MonitoringOptions, "storeFiles">;

/** The Secret's volume and its mount in a pod, and both in the form of the charts of Prometheus and Grafana. */
export function storeVolumes({ storeFiles = [] }: Files) {
  if (storeFiles.length === 0) return { volumes: [], mounts: [], secretMounts: [] };
  const mount = { name: secretName, mountPath, readOnly: true };
  return {
    volumes: [{ name: secretName, secret: { secretName } }],
    mounts: [mount],
    secretMounts: [{ ...mount, secretName }],
  };
}

/** The environment of programs in Go: they trust the authorities in this folder and those of their image. */
export function trustedAuthorities({ storeFiles = [] }: Files): { name: string; value: string }[] {
  return storeFiles.includes("ca.crt") ? [{ name: "SSL_CERT_DIR", value: mountPath }] : [];
}

/** Restarts a pod that reads the Secret into its environment. */
export function storesAnnotation({ storesVersion }: MonitoringOptions): Record<string, string> {
  return storesVersion === undefined ? {} : { "latency-lab/stores-version": storesVersion };
}

/**
 * A fixed number of connections. By default, Prometheus changes it with the load, and drops what the old connections can't
 * send within a minute, for example to a store that has just come back. Sixteen send 320,000 samples per second if the store
 * takes 100 ms for a request. Capacity and samples per request are the defaults of Prometheus 3.
 */
const queueConfig = { min_shards: 16, max_shards: 16, capacity: 10_000, max_samples_per_send: 2_000 };

/** Where Prometheus sends every sample, with exemplars, which link a point to a request. */
export function remoteWrite(options: MonitoringOptions): object[] {
  const { remoteWriteUrl: url, metricsHeaders: headers = {} } = options;
  if (url === undefined) return [];
  return [
    {
      url,
      send_exemplars: true,
      queue_config: queueConfig,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...clientLogin(options.metricsUsername, "metrics-password", options),
    },
  ];
}

/** The flags of a Prometheus without storage and rules: it refuses the flags of either. */
export function agentFlags({ versions, prometheusUrl }: MonitoringOptions): string[] {
  return [
    versions === "chart" ? "--enable-feature=agent" : "--agent",
    "--config.file=/etc/config/prometheus.yml",
    "--storage.agent.path=/data",
    "--web.enable-lifecycle",
    `--web.external-url=${prometheusUrl}`,
  ];
}

/**
 * The environment of such a Prometheus. Most of its heap is the names of the series, which stay. Collecting garbage after
 * 10 % of new objects instead of 100 % takes about half the memory, and a fifth of a core at 1,000 pods.
 */
export function agentEnvironment({ queryUrl }: MonitoringOptions): { name: string; value: string }[] {
  return queryUrl === undefined ? [] : [{ name: "GOGC", value: "10" }];
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
