// The settings of the monitoring, and of your own stores.
import { choice, flag, integer, text, webUrl } from "../../service/src/setting-kinds.ts";
import {
  anyText,
  isChart,
  list,
  mapping,
  nodePorts,
  port,
  type StackSetting,
  secret,
  target,
} from "./patterns.ts";

/** What the monitoring contains, and how to reach it. */
export const monitoringSettings = {
  preset: choice({
    default: "full",
    description:
      "Size of the monitoring: `full` installs everything in the chart; `laptop` leaves out Alertmanager, Pushgateway and node-exporter.",
    values: ["full", "laptop"],
  }),
  versions: choice({
    default: "chart",
    description:
      "What the monitoring runs: `chart` is the loki-stack chart, whose versions are out of support; `maintained` is Prometheus 3, Loki 3, Grafana 13 and the OpenTelemetry Collector, from the charts that succeed it. Changing it on a running stack deletes the collected metrics and logs.",
    values: ["chart", "maintained"],
  }),
  lokiStackChart: {
    ...text({
      default: "loki-stack",
      description:
        "The loki-stack chart. `loki-stack` is version 2.10.3 from https://grafana.github.io/helm-charts; otherwise the path of a chart folder or .tgz, or an http(s) or oci URL.",
      ...anyText,
      allowed: "a name, a path, or a URL without a password",
    }),
    parse: (value) => (isChart(value) ? value : undefined),
    example: "./loki-stack-2.10.3.tgz",
  },
  chartsFolder: text({
    example: "./charts",
    description:
      "With `versions=maintained`: path of a folder with the .tgz files of its charts. Unset: they are downloaded from GitHub.",
    ...anyText,
  }),
  grafanaNodePort: port("NodePort of Grafana", 30300, nodePorts),
  prometheusNodePort: port("NodePort of Prometheus", 30900, nodePorts),
  scrapeInterval: integer({
    default: "5",
    description: "Seconds between scrapes of a target and between evaluations of a rule.",
    from: 1,
    to: 3600,
  }),
  scrapeTargets: list({
    item: target,
    allowed: "host:port separated by commas, such as 192.168.1.10:19004",
    example: "192.168.1.10:19004",
    description:
      "Servers outside the cluster that Prometheus scrapes with the static job `httpserver-metrics`: host:port, separated by commas. From a local cluster, this machine is `host.docker.internal`.",
  }),
  persistence: flag({
    default: "false",
    description: "Keep the data of Prometheus, Loki and Grafana on persistent volumes.",
  }),
} satisfies Record<string, StackSetting>;

/** Grafana and the chart would replace what follows `$` or `{{`. */
const user = {
  pattern: /^[^\p{Cc}\p{Cs}\s:${}"]{1,200}$/u,
  allowed: "text without spaces, `:`, `$`, `{`, `}` and quotes",
};

/** The user's own stores for metrics and logs, instead of one Prometheus and one Loki. */
export const storeSettings = {
  remoteWriteUrl: webUrl({
    example: "https://mimir.example.com/api/v1/push",
    description:
      "URL to which Prometheus also sends every sample and exemplar (remote write), for example Mimir, Thanos or VictoriaMetrics, for long-term storage or more data than one Prometheus can hold. Unset: no remote write.",
  }),
  queryUrl: webUrl({
    example: "https://mimir.example.com/prometheus",
    description:
      "URL at which the store behind `remoteWriteUrl` answers queries, without `/api/v1`. Grafana and the commands query it, and the stack's Prometheus becomes an agent: it only scrapes and sends, evaluates no rules, and there is no Alertmanager. `npm run dashboards` writes the rules for the store's ruler. Unset: the stack's Prometheus answers.",
  }),
  scrapeShards: integer({
    default: "1",
    description:
      "Number of agents. Each scrapes a share of the targets, by the hash of their addresses (Prometheus' `hashmod`); the store has the samples of all. More than one requires `queryUrl`.",
    from: 1,
    to: 30,
  }),
  metricsUsername: text({
    example: "USER",
    description:
      "User for `remoteWriteUrl` and `queryUrl` (basic authentication). Unset: `metricsPassword` is sent as a bearer token.",
    ...user,
  }),
  metricsPassword: secret(
    "Password of `metricsUsername`, or a token. Set it with `npm run secret -- metricsPassword`.",
  ),
  metricsHeaders: mapping({
    key: /^[A-Za-z0-9-]{1,64}$/,
    value: /^[\w.:;/=@+*'()!|~-]{1,200}$/,
    allowed: "name=value separated by commas, such as X-Scope-OrgID=team-a",
    example: "X-Scope-OrgID=team-a",
    description:
      "HTTP headers for `remoteWriteUrl` and `queryUrl`, such as the tenant of Mimir (`X-Scope-OrgID`) or Thanos (`THANOS-TENANT`): name=value, separated by commas.",
  }),
  lokiUrl: webUrl({
    example: "http://loki-gateway.logs",
    description:
      "URL of your own Loki. Logs are sent there, Grafana queries it, and the stack runs no Loki. With `versions=maintained`, it needs the labels in docs/architecture.md. Unset: the stack runs its own.",
  }),
  lokiTenant: text({
    example: "team-a",
    description: "Tenant at `lokiUrl`, sent as the header `X-Scope-OrgID`. Unset: no tenant.",
    pattern: /^[\w.!*'()-]{1,150}$/,
    allowed: "up to 150 letters, digits and -_.!*'()",
  }),
  lokiUsername: text({
    example: "USER",
    description:
      "User for `lokiUrl` (basic authentication). Unset: `lokiPassword` is sent as a bearer token.",
    ...user,
  }),
  lokiPassword: secret(
    "Password of `lokiUsername`, or a token. Set it with `npm run secret -- lokiPassword`.",
  ),
};
