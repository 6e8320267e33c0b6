// Every setting of latency-lab. Pulumi.yaml's `config` and docs/settings.md are generated from here;
// a test fails when they are out of date.

import { objectiveSettings } from "../../dashboards/rules/objectives.ts";
import { requestSettings } from "../../service/src/load/settings.ts";
import { choice, flag, integer, text, type ValuesOf, webUrl } from "../../service/src/setting-kinds.ts";
import { settingGroups as serverGroups } from "../../service/src/settings.ts";
import { monitoringSettings, storeSettings } from "./monitoring.ts";
import {
  anyText,
  image,
  imagePrefix,
  isHost,
  lists,
  mapping,
  nameOf,
  nodeLabel,
  nodePorts,
  podAnnotation,
  podLabel,
  port,
  resources,
  type StackSetting,
  secret,
  secretReference,
  tolerations,
} from "./patterns.ts";

const { loadRate, loadMix, loadSeed } = requestSettings;

/** The load generator's settings, except those that the pod determines. */
export const generatorSettings = {
  loadRate,
  loadMix,
  loadSeed: { ...loadSeed, example: "monday" },
} satisfies Record<string, StackSetting>;

/** The load generator. */
const loadSettings = {
  load: flag({
    default: "true",
    description:
      "Send a steady load to the server from inside the cluster, so that dashboards have data and quantiles are meaningful.",
  }),
  ...generatorSettings,
  loadReplicas: integer({
    default: "1",
    description:
      "Number of pods that send the load, spread over the nodes. Each sends `loadRate` requests per second.",
    from: 1,
    to: 100,
  }),
} satisfies Record<string, StackSetting>;

/** Kubernetes allows names of at most 63 characters; the longest suffix added here is `-monitoring`. */
const kubernetesName = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** A rootless engine cannot publish ports below 1024. */
const hostPorts = { from: 1024, to: 65535 };

/** Where to deploy. */
const clusterSettings = {
  cluster: choice({
    default: "local",
    description:
      "`local` creates a k3s node and a registry as Docker containers and removes them with the stack; `existing` uses the cluster of `kubeconfig` and `context`.",
    values: ["local", "existing"],
  }),
  name: text({
    example: "latency-lab",
    description:
      "Base of all names: namespaces, containers, Helm release. Unset: `latency-lab` on the stack `dev`, `latency-lab-STACK` on any other.",
    pattern: kubernetesName,
    allowed: "at most 40 lower-case letters, digits and `-`, beginning with a letter",
  }),
  kubeconfig: text({
    example: "~/.kube/config",
    description:
      "Path of the kubeconfig of an existing cluster. Unset: the files in $KUBECONFIG, merged as kubectl merges them, or ~/.kube/config.",
    ...anyText,
  }),
  context: text({
    example: "CONTEXT",
    description:
      "Context of the kubeconfig to deploy into. Required for an existing cluster, so that nothing is deployed to the wrong cluster by accident.",
    ...anyText,
  }),
  nodeAddress: {
    ...text({
      example: "127.0.0.1",
      description:
        "Address at which a browser reaches the NodePorts. Unset: 127.0.0.1 for a local cluster, otherwise a node's ExternalIP, or its InternalIP if it has none.",
      allowed: "a host name or an IP address, without scheme and port",
      pattern: anyText.pattern,
    }),
    // Brackets as in a URL are also accepted.
    parse(value) {
      const address = value.replace(/^\[(.*:.*)\]$/, "$1");
      return isHost(address) ? address : undefined;
    },
  },
  apiPort: port("Port of the local cluster's API server on 127.0.0.1", 6550, hostPorts),
  registryPort: port("Port of the local registry on 127.0.0.1", 5050, hostPorts),
  k3sImage: text({
    default: "rancher/k3s:v1.34.2-k3s1",
    description: "Image of the local cluster's k3s node.",
    ...image,
  }),
  registryImage: text({ default: "registry:3", description: "Image of the local registry.", ...image }),
  networkPolicies: flag({
    default: "true",
    description:
      "Create NetworkPolicies. The server accepts requests to its port only and opens no connections. In the monitoring, only Grafana and Prometheus accept connections from other namespaces. Effective if the cluster's network enforces NetworkPolicies.",
  }),
  keepImages: flag({
    default: "false",
    description:
      "Keep the images that the local cluster's node has pulled in a Docker volume when the stack is deleted, so that the next `up` pulls nothing. `npm run down` prints how to remove it.",
  }),
  registryMirrors: lists({
    key: /^(\*|[a-z0-9.-]+(:\d{1,5})?)$/,
    value: /^https?:\/\/[\w\-.~:/?#[\]!$&'()*+;=%]{1,2000}$/,
    allowed: "registry=URL separated by commas, such as docker.io=http://mirror.example:5000",
    example: "docker.io=http://mirror.example:5000",
    description:
      "Registry mirrors of the local cluster: registry=URL, separated by commas; `*` stands for every registry.",
  }),
} satisfies Record<string, StackSetting>;

/** How the server's image is built, and where it is pushed. */
const imageSettings = {
  registry: text({
    example: "registry.example.com/team",
    description:
      "Registry (and path) that the image is pushed to and an existing cluster pulls from. Unset: nothing is pushed, and an existing cluster must share its images with the Docker engine (Docker Desktop, `minikube docker-env`).",
    ...imagePrefix,
  }),
  registryUsername: text({
    example: "USER",
    description: "User of `registry`. Unset: the login of the Docker CLI, or none.",
    ...anyText,
  }),
  registryPassword: secret(
    "Password or token of `registryUsername`. Set it with `npm run secret -- registryPassword`.",
  ),
  nodeImage: text({
    default: "node:24-slim",
    description: "Image with Node and npm in which the server's image is built.",
    ...image,
  }),
  baseImage: text({
    default: "scratch",
    description:
      "Base of the server's image. It may be empty; use your own if your site requires a certain base.",
    ...image,
  }),
  imagePlatform: choice({
    example: "linux/amd64",
    description:
      "Platform that the server's image is built for. If the Docker engine has another platform, it needs emulation (binfmt). Unset: the platform of the cluster's nodes.",
    values: ["linux/amd64", "linux/arm64"],
  }),
  npmRegistry: webUrl({
    example: "https://npm.example.com",
    description: "npm registry for the image build. Unset: the one that `nodeImage` has configured.",
  }),
} satisfies Record<string, StackSetting>;

/** Where other images are pulled from. */
const mirrorSettings = {
  caFile: text({
    example: "company-ca.pem",
    description:
      "Path of a PEM file with additional certificate authorities to trust, such as that of a company's proxy: for the local cluster's pulls, the image build, downloads of the commands, and the connections to `remoteWriteUrl`, `queryUrl` and `lokiUrl`. For the Docker engine's own pulls, add it to the trust store of the engine's machine. Unset: no additional authorities.",
    ...anyText,
  }),
  imageMirror: text({
    example: "mirror.example:5000",
    description:
      "Registry (and path) from which all images are pulled, including those of the chart, k3s and Node, each under its own path: `quay.io/prometheus/prometheus` becomes `MIRROR/prometheus/prometheus`. Unset: each image's own registry.",
    ...imagePrefix,
  }),
  imageDigests: text({
    example: "images.lock",
    description:
      "Path of a list of images with digests, written by `npm run pin`. All images are then pulled by digest, and an image that is not in the list is refused; only images that k3s itself starts, such as CoreDNS, are pulled by tag. Unset: images are pulled by tag.",
    ...anyText,
  }),
} satisfies Record<string, StackSetting>;

/** Optional settings of pods and namespaces, which only some clusters need. */
const podSettings = {
  labels: mapping({
    ...podLabel,
    description:
      "Labels for both namespaces and every pod. A Pod Security label overrides the default level of the namespaces.",
    example: "team=payments",
  }),
  annotations: mapping({
    ...podAnnotation,
    description: "Annotations for both namespaces and every pod.",
    example: "linkerd.io/inject=disabled",
  }),
  tolerations: tolerations({
    description: "Taints of nodes that the pods tolerate.",
    example: "dedicated=lab:NoSchedule",
  }),
  nodeSelector: mapping({
    ...nodeLabel,
    description: "Labels of the nodes that the pods run on, in addition to `kubernetes.io/os=linux`.",
    example: "pool=lab",
  }),
  priorityClass: text({
    example: "low",
    description:
      "PriorityClass of the pods, except Alertmanager's, whose chart does not support it. Unset: the cluster's default.",
    ...nameOf("PriorityClass"),
  }),
  resources: resources({
    description:
      "Requests and limits of the containers of a part, for clusters whose quotas or policies require them. `promtail` is also the OpenTelemetry Collector of `versions=maintained`. Unset: the server and the load have requests, the chart's parts have none.",
    example: "*=50m/128Mi-1/1Gi",
  }),
  storageClass: text({
    example: "standard",
    description: "StorageClass of the volumes when `persistence=true`. Unset: the cluster's default.",
    ...nameOf("StorageClass"),
  }),
  imagePullSecret: text({
    example: "default/registry",
    description:
      "Secret for pulling images. NAMESPACE/NAME is copied into both namespaces; use NAME alone if the cluster itself creates the Secret in every namespace.",
    ...secretReference,
  }),
  nodeAccess: flag({
    default: "true",
    description:
      "Run the collector of logs and node-exporter, which read the nodes' files. Use `false` if the cluster denies that: Loki then has no logs, there are no node metrics, and both namespaces have the Pod Security level `restricted`.",
  }),
} satisfies Record<string, StackSetting>;

/** How the server is deployed. */
const deploymentSettings = {
  replicas: integer({
    default: "1",
    description: "Number of pods of the delayed server.",
    from: 1,
    to: 100_000,
  }),
  maxReplicas: integer({
    example: "5",
    description:
      "Maximum number of pods to which an autoscaler scales by CPU, starting from `replicas`. Requires the metrics API in the cluster; a local cluster starts its own. Unset: no autoscaler.",
    from: 1,
    to: 100_000,
  }),
  serverNodePort: port("NodePort of the delayed server", 31904, nodePorts),
} satisfies Record<string, StackSetting>;

/** The server's settings, except those that the pod determines. */
const { Address: _address, ...ofServer } = serverGroups;
export const serverSettings = flattened(ofServer);

/** The groups in the order in which the data flows. */
export const settingGroups = {
  Cluster: clusterSettings,
  Image: imageSettings,
  "No internet": mirrorSettings,
  "Pods and namespaces": podSettings,
  "Delayed server": deploymentSettings,
  ...ofServer,
  Load: loadSettings,
  Monitoring: monitoringSettings,
  "Your own metric store and Loki": storeSettings,
  "Objectives and alerts": objectiveSettings,
} as const;

export const schema = flattened(settingGroups);

/** The settings of all groups. */
function flattened<Groups extends object>(groups: Groups): UnionToIntersection<Groups[keyof Groups]> {
  return Object.assign({}, ...Object.values(groups));
}
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

export type Key = keyof typeof schema;

/** The setting of that name. Inherited properties, such as `constructor`, are not settings. */
export function settingOf(key: string): StackSetting | undefined {
  return Object.hasOwn(schema, key) ? schema[key as Key] : undefined;
}

/** The values of all settings, typed by their kinds. */
export type Settings = Readonly<ValuesOf<typeof schema>>;

/** The setting's type in Pulumi.yaml, which Pulumi checks too. */
export function pulumiType({ type }: StackSetting): "integer" | "boolean" | "string" {
  return type === "integer" || type === "boolean" ? type : "string";
}
