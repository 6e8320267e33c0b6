// Every setting of latency-lab. Pulumi.yaml's `config` and docs/settings.md are generated from here;
// a test fails when they are out of date.

import { objectiveSettings } from "../../dashboards/settings.ts";
import { requestSettings } from "../../service/src/load/settings.ts";
import {
  choice,
  flag,
  integer,
  type Setting as Kind,
  optional,
  text,
  webUrl,
} from "../../service/src/settings/kinds.ts";
import type { ValuesOf } from "../../service/src/settings/read.ts";
import { settingGroups as serverGroups } from "../../service/src/settings.ts";
import { anyText, image, imagePrefix, isChart, isHost, list, lists, target } from "./patterns.ts";

const { loadRate, loadMix, loadSeed } = requestSettings;

/** The settings of the generator itself that a stack may set; the others follow from where it runs. */
export const generatorSettings = {
  loadRate,
  loadMix,
  loadSeed: { ...loadSeed, example: "monday" },
} satisfies Record<string, Setting>;

/** The load that keeps dashboards filled. */
const loadSettings = {
  load: flag({
    default: "true",
    description:
      "Sends a steady load to the server from inside the cluster, so that no dashboard is empty and quantiles mean something.",
  }),
  ...generatorSettings,
} satisfies Record<string, Setting>;

/** Kubernetes allows names of at most 63 characters; the longest suffix added here is `-monitoring`. */
const kubernetesName = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Kubernetes' default `--service-node-port-range`. */
const nodePorts = { from: 30000, to: 32767 };

/** Below 1024 a rootless engine can't publish. */
const hostPorts = { from: 1024, to: 65535 };

const onDev = (port: number) => `Unset: ${port} on the stack \`dev\`, derived from its name on any other`;

/** Where to deploy. */
const clusterSettings = {
  cluster: choice(
    {
      default: "local",
      description:
        "`local` makes a k3s node and a registry as Docker containers and removes them with the stack; `existing` uses the cluster of `kubeconfig` and `context`.",
    },
    ["local", "existing"],
  ),
  name: {
    ...optional(
      text(
        {
          default: "",
          description:
            "What everything is named after: namespaces, containers, release. Unset: `latency-lab` on the stack `dev`, `latency-lab-STACK` on any other.",
        },
        {
          pattern: kubernetesName,
          allowed: "at most 40 lower-case letters, digits and `-`, beginning with a letter",
        },
      ),
    ),
    example: "latency-lab",
  },
  kubeconfig: {
    ...optional(
      text(
        {
          default: "",
          description:
            "Path of an existing cluster's kubeconfig. Unset: the first file of $KUBECONFIG, else ~/.kube/config.",
        },
        anyText,
      ),
    ),
    example: "~/.kube/config",
  },
  context: {
    ...optional(
      text(
        {
          default: "",
          description:
            "The kubeconfig's context to deploy into. Must be named for an existing cluster, so that nobody deploys into the wrong one by accident.",
        },
        anyText,
      ),
    ),
    example: "CONTEXT",
  },
  nodeAddress: {
    ...optional(
      text(
        {
          default: "",
          description:
            "The address at which a browser reaches the NodePorts. Unset, found by itself: 127.0.0.1 for a local cluster, else a node's ExternalIP, else its InternalIP.",
        },
        { pattern: /./, allowed: "a host name or an IP address, without scheme and port" },
      ),
    ),
    parse: (value) => (isHost(value) ? value : undefined),
    example: "127.0.0.1",
  },
  apiPort: {
    ...optional(
      integer(
        { default: "", description: `Port of the local cluster's API on 127.0.0.1. ${onDev(6550)}.` },
        hostPorts,
      ),
    ),
    example: "6550",
  },
  registryPort: {
    ...optional(
      integer(
        { default: "", description: `Port of the local registry on 127.0.0.1. ${onDev(5050)}.` },
        hostPorts,
      ),
    ),
    example: "5050",
  },
  k3sImage: text(
    { default: "rancher/k3s:v1.33.5-k3s1", description: "Image of the local cluster's node." },
    image,
  ),
  registryImage: text({ default: "registry:2", description: "Image of the local registry." }, image),
  networkPolicies: flag({
    default: "true",
    description:
      "Makes NetworkPolicies: into the server come requests to its port and nothing else, out of it nothing; into the monitoring, but for Grafana and Prometheus, only what is part of it or scrapes it. They hold where the cluster's network enforces them.",
  }),
  registryMirrors: lists({
    key: /^(\*|[a-z0-9.-]+(:\d{1,5})?)$/,
    item: /^https?:\/\/[\w\-.~:/?#[\]!$&'()*+;=%]{1,2000}$/,
    allowed: "registry=URL separated by commas, such as docker.io=http://mirror.example:5000",
    example: "docker.io=http://mirror.example:5000",
    description:
      "Mirrors that the local cluster pulls through: registry=URL, separated by commas; `*` is any registry.",
  }),
} satisfies Record<string, Setting>;

/** How the server's image is made, and where it goes. */
const imageSettings = {
  registry: {
    ...optional(
      text(
        {
          default: "",
          description:
            "Registry (and path) that the image is pushed to and an existing cluster pulls from. Unset on an existing cluster: nothing is pushed, the cluster must share its images with the Docker engine (Docker Desktop, `minikube docker-env`).",
        },
        {
          pattern: imagePrefix,
          allowed: "host[:port][/path] without a scheme, such as registry.example.com/team",
        },
      ),
    ),
    example: "registry.example.com/team",
  },
  registryUsername: {
    ...optional(
      text(
        {
          default: "",
          description: "User of `registry`. Unset: the login of the Docker command line, or none.",
        },
        anyText,
      ),
    ),
    example: "USER",
  },
  registryPassword: {
    ...optional(
      text(
        {
          default: "",
          description: "Password or token of `registryUsername`: `npm run secret -- registryPassword`.",
        },
        anyText,
      ),
    ),
    secret: true,
  },
  nodeImage: text(
    {
      default: "node:24-slim",
      description: "Image with Node and npm that the server's image is built with.",
    },
    image,
  ),
  baseImage: text(
    {
      default: "scratch",
      description:
        "Image that the server's image is put on; nothing in it is needed. A site may want its own, with what it scans for.",
    },
    image,
  ),
  imagePlatform: {
    ...optional(
      choice(
        {
          default: "",
          description:
            "Platform that the server's image is built for; where the Docker engine has another one, it needs emulation (binfmt). Unset: that of the cluster's nodes.",
        },
        ["linux/amd64", "linux/arm64"],
      ),
    ),
    example: "linux/amd64",
  },
  npmRegistry: {
    ...optional(
      webUrl({
        default: "",
        description: "npm registry used inside the image build. Unset: what the node image has configured.",
      }),
    ),
    example: "https://npm.example.com",
  },
} satisfies Record<string, Setting>;

/** Where other images come from. */
const mirrorSettings = {
  imageMirror: {
    ...optional(
      text(
        {
          default: "",
          description:
            "Registry (and path) that every image comes from, the chart's, k3s' and Node's included, each under its own path: `quay.io/prometheus/prometheus` is `MIRROR/prometheus/prometheus`. Unset: each image's own registry.",
        },
        { pattern: imagePrefix, allowed: "host[:port][/path] without a scheme, such as mirror.example:5000" },
      ),
    ),
    example: "mirror.example:5000",
  },
  imageDigests: {
    ...optional(
      text(
        {
          default: "",
          description:
            "Path of a list of images with their digests, as `npm run pin` writes it: every image is then pulled by digest, and one that is not in the list is refused; only what k3s starts by itself, such as CoreDNS, comes by the tags in it. Unset: images are pulled by tag.",
        },
        anyText,
      ),
    ),
    example: "images.lock",
  },
} satisfies Record<string, Setting>;

/** How the server is deployed. */
const deploymentSettings = {
  replicas: integer({ default: "1", description: "Pods of the delayed server." }, { from: 1, to: 500 }),
  maxReplicas: {
    ...optional(
      integer(
        {
          default: "",
          description:
            "Pods that an autoscaler may go up to from `replicas`, one more before the CPU of those there is used up. Unset: no autoscaler. Needs the cluster's metrics API; a local cluster then starts its own.",
        },
        { from: 1, to: 500 },
      ),
    ),
    example: "5",
  },
  serverNodePort: {
    ...optional(
      integer({ default: "", description: `NodePort of the delayed server. ${onDev(31904)}.` }, nodePorts),
    ),
    example: "31904",
  },
} satisfies Record<string, Setting>;

/** What the server does: its own settings, but for those that its place in a pod decides. */
const { Address: _address, ...ofServer } = serverGroups;
export const serverSettings = Object.assign({}, ...Object.values(ofServer)) as Flattened<typeof ofServer>;
type Flattened<Groups extends Record<string, Record<string, Kind<unknown>>>> = UnionToIntersection<
  Groups[keyof Groups]
>;
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The monitoring around it. */
const monitoringSettings = {
  preset: choice(
    {
      default: "full",
      description:
        "How much of the monitoring: `full` is all of the chart's; `laptop` leaves out Alertmanager, Pushgateway and node-exporter, which a small machine can do without.",
    },
    ["full", "laptop"],
  ),
  lokiStackChart: {
    ...text(
      {
        default: "loki-stack",
        description:
          "The loki-stack chart: `loki-stack` takes version 2.10.3 from https://grafana.github.io/helm-charts; otherwise the path of a chart folder or .tgz, or its http(s) or oci URL.",
      },
      { ...anyText, allowed: "a name, a path or a URL, which holds no password" },
    ),
    parse: (value) => (isChart(value) ? value : undefined),
    example: "./loki-stack-2.10.3.tgz",
  },
  grafanaNodePort: {
    ...optional(integer({ default: "", description: `NodePort of Grafana. ${onDev(30300)}.` }, nodePorts)),
    example: "30300",
  },
  prometheusNodePort: {
    ...optional(integer({ default: "", description: `NodePort of Prometheus. ${onDev(30900)}.` }, nodePorts)),
    example: "30900",
  },
  scrapeInterval: integer(
    {
      default: "5",
      description: "Seconds between two scrapes of a target, and between two evaluations of a rule.",
    },
    { from: 1, to: 3600 },
  ),
  scrapeTargets: list({
    item: target,
    allowed: "host:port separated by commas, such as 192.168.1.10:19004",
    example: "192.168.1.10:19004",
    description:
      "Servers outside the cluster that Prometheus scrapes in the static job `httpserver-metrics`: host:port, separated by commas.",
  }),
  remoteWriteUrl: {
    ...optional(
      webUrl({
        default: "",
        description:
          "Where Prometheus sends every sample and exemplar as well (remote write): a store such as Mimir, Thanos or VictoriaMetrics, for more and longer than one Prometheus holds. Unset: nowhere.",
      }),
    ),
    example: "https://mimir.example.com/api/v1/push",
  },
  lokiUrl: {
    ...optional(
      webUrl({
        default: "",
        description:
          "A Loki of your own, such as the gateway of one in scalable mode: Promtail sends to it, Grafana asks it, and the stack runs none. Unset: the stack's own.",
      }),
    ),
    example: "http://loki-gateway.logs",
  },
  persistence: flag({
    default: "false",
    description: "Keep the data of Prometheus, Loki and Grafana on persistent volumes.",
  }),
} satisfies Record<string, Setting>;

/** The groups in the order in which the data flows. */
export const settingGroups = {
  Cluster: clusterSettings,
  Image: imageSettings,
  "No internet": mirrorSettings,
  "Delayed server": deploymentSettings,
  ...ofServer,
  Load: loadSettings,
  Monitoring: monitoringSettings,
  "Objectives and alerts": objectiveSettings,
} as const;

export const schema = {
  ...clusterSettings,
  ...imageSettings,
  ...mirrorSettings,
  ...deploymentSettings,
  ...serverSettings,
  ...loadSettings,
  ...monitoringSettings,
  ...objectiveSettings,
};

export type Key = keyof typeof schema;

/** The values of all settings, each with the type its kind reads. */
export type Settings = Readonly<ValuesOf<typeof schema>>;

/** A setting of the stack: one of the server's kinds, and what a configuration file needs beside it. */
export interface Setting<T = unknown> extends Kind<T> {
  /** A value to show in the command that mends a wrong one. @default the setting's default */
  readonly example?: string;
  /** Kept encrypted by Pulumi; never read as text. */
  readonly secret?: true;
}

/** Pulumi's type of a setting, which it checks in the stack's file as well. */
export function pulumiType({ type }: Setting): "integer" | "boolean" | "string" {
  return type === "integer" || type === "boolean" ? type : "string";
}
