import { type DatasourceFile, datasources } from "../../dashboards/index.ts";
import { mirrored, pinned } from "../images.ts";
import { restrictedContainer, restrictedPod } from "../server/pod.ts";
import { type MonitoringOptions, optionalParts } from "./options.ts";
import {
  lokiAt,
  passwordVariables,
  storeAccess,
  storesAnnotation,
  storeVolumes,
  trustedAuthorities,
} from "./own-stores.ts";
import { images } from "./versions.ts";

/** Name and keys of the Secret with the login of Grafana's administrator. */
export const adminSecret = { name: "grafana-admin", user: "admin-user", password: "admin-password" } as const;

/** The label by which the sidecar finds dashboards. Its value is the stack's instance. */
export const dashboardLabel = "latency-lab/dashboard";

/** The annotation with a dashboard's folder. */
export const folderAnnotation = "latency-lab/folder";

export function grafanaValues(options: MonitoringOptions): Record<string, unknown> {
  return {
    enabled: true,
    admin: { existingSecret: adminSecret.name, userKey: adminSecret.user, passwordKey: adminSecret.password },
    podAnnotations: {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "3000",
      // Grafana reads the password at start, so a new password must restart the pod.
      "latency-lab/password-version": options.passwordVersion,
      ...storesAnnotation(options),
    },
    service: { type: "NodePort", nodePort: options.grafanaNodePort },
    persistence: {
      enabled: options.persistence,
      ...(options.storageClass ? { storageClassName: options.storageClass } : {}),
    },
    securityContext: restrictedPod,
    containerSecurityContext: restrictedContainer,
    // Runs as root, which Pod Security `restricted` refuses; for most volumes, fsGroup is enough.
    initChownData: { enabled: options.nodeAccess },
    extraInitContainers: options.persistence ? [passwordOnVolume(options)] : [],
    // With a ReadWriteOnce volume, a rolling update would deadlock.
    deploymentStrategy: { type: "Recreate" },
    readinessProbe: {
      httpGet: { path: "/api/health", port: 3000 },
      periodSeconds: 1,
      failureThreshold: 120,
    },
    testFramework: { enabled: false },
    rbac: { pspEnabled: false, pspUseAppArmor: false },
    "grafana.ini": {
      server: { root_url: `${options.grafanaUrl}/` },
      users: { allow_sign_up: false, allow_org_create: false },
      "auth.anonymous": { enabled: false },
      // Without internet access, these requests would only log errors.
      analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
      news: { news_feed_enabled: false },
      security: { disable_gravatar: true },
    },
    sidecar: {
      securityContext: restrictedContainer,
      // Otherwise the datasources' sidecar copies every ConfigMap and Secret of the namespace.
      datasources: { enabled: false },
      dashboards: {
        enabled: true,
        label: dashboardLabel,
        labelValue: options.instance,
        folderAnnotation,
        provider: {
          name: "latency-lab",
          foldersFromFilesStructure: true,
          allowUiUpdates: true,
          // How soon a changed dashboard appears. The chart's default is 30 s.
          updateIntervalSeconds: 2,
        },
      },
    },
    datasources: { "datasources.yaml": provisioned(options) },
    env: Object.fromEntries(trustedAuthorities(options).map(({ name, value }) => [name, value])),
    envValueFrom: passwordVariables(options),
    extraSecretMounts: storeVolumes(options).secretMounts,
  };
}

/**
 * Sets the password in a database on a volume before each start: Grafana reads it from the
 * environment only if there is no database. The password is piped, so that no process list shows it.
 */
function passwordOnVolume({
  versions,
  imageMirror,
  digests = new Map(),
  resources,
}: MonitoringOptions): Record<string, unknown> {
  const image = images[versions].find(({ at }) => at === "grafana.image")?.reference ?? "";
  const reset = "grafana cli --homepath /usr/share/grafana --config /etc/grafana/grafana.ini";
  return {
    name: "admin-password",
    image: mirrored(pinned(image, digests), imageMirror),
    command: [
      "sh",
      "-c",
      `test ! -s /var/lib/grafana/grafana.db || printf %s "$PASSWORD" | ${reset} admin reset-admin-password --password-from-stdin`,
    ],
    env: [
      {
        name: "PASSWORD",
        valueFrom: { secretKeyRef: { name: adminSecret.name, key: adminSecret.password } },
      },
    ],
    securityContext: restrictedContainer,
    ...(resources.grafana ? { resources: resources.grafana } : {}),
    volumeMounts: [
      { name: "config", mountPath: "/etc/grafana/grafana.ini", subPath: "grafana.ini" },
      { name: "storage", mountPath: "/var/lib/grafana" },
    ],
  };
}

/** Datasources with fixed uids, which dashboards and links refer to. */
function provisioned(options: MonitoringOptions): DatasourceFile {
  const { release, dashboards, queryUrl } = options;
  return datasources(dashboards, {
    prometheus: queryUrl?.replace(/\/+$/, "") ?? `http://${release}-prometheus-server`,
    loki: lokiAt(options),
    ...storeAccess(options),
    ...(optionalParts(options).alertmanager ? { alertmanager: `http://${release}-alertmanager:9093` } : {}),
  });
}
