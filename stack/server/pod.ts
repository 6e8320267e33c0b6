import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { loadSettings } from "../../service/src/load/settings.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Settings } from "../settings/schema.ts";

/** The exercise's port, also used in annotations and in the static job. */
export const serverPort = 19004;

/** Port of the load generator's probes and metrics. */
export const loadPort = Number(loadSettings.loadPort.default);

/** One Node process: 10m CPU when idle, at most one core. The memory is enough for 10,000 requests in flight. */
export const serverResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { memory: "512Mi" },
};

export const loadResources = {
  requests: { cpu: "10m", memory: "48Mi" },
  limits: { memory: "192Mi" },
};

/** Metadata and placement of every pod of the stack. */
export type PodOptions = Pick<
  Settings,
  | "labels"
  | "annotations"
  | "tolerations"
  | "nodeSelector"
  | "priorityClass"
  | "imagePullSecret"
  | "resources"
>;

/** No extra metadata, any Linux node. */
export const anyPods: PodOptions = {
  labels: {},
  annotations: {},
  tolerations: [],
  nodeSelector: {},
  priorityClass: undefined,
  imagePullSecret: undefined,
  resources: {},
};

/** The node selector of every pod. All images are for Linux, and a cluster can have Windows nodes. */
export function nodeSelector({ nodeSelector }: Pick<Settings, "nodeSelector">): Record<string, string> {
  return { "kubernetes.io/os": "linux", ...nodeSelector };
}

/** Name of the image pull Secret in the stack's namespaces. */
export function pullSecretName({ imagePullSecret }: Pick<Settings, "imagePullSecret">): string | undefined {
  return imagePullSecret?.split("/").at(-1);
}

/** Labels that select the pods of the server or of the load. */
export function selectorOf(instance: string, name: "delayed-server" | "load"): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": instance };
}

/** Container settings that Pod Security `restricted` requires. */
export const restrictedContainer = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** Pod settings that Pod Security `restricted` requires, except the user. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** A readiness probe that soon notices a start; the charts' first ones come after 10 to 45 s. */
export const earlyReadiness = { initialDelaySeconds: 1, periodSeconds: 2, failureThreshold: 60 } as const;

/** A port in a NetworkPolicy. */
export const tcp = (port: number) => ({ protocol: "TCP", port });

/** Arguments that the server and the load generator have in common. */
export interface WorkloadArgs {
  readonly cluster: Cluster;
  /** Value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** The server's namespace, which enforces Pod Security `restricted`. */
  readonly namespace: string;
  /** The service's image, preferably by digest. */
  readonly image: Input<string>;
  /** Changes with the image's content, so that a reused tag rolls out too. @default the image */
  readonly imageDigest?: Input<string> | undefined;
  /** Platform of the image, such as `linux/amd64`. @default nodes of any architecture */
  readonly platform?: string | undefined;
  /** Metadata and placement of the pods. @default no extra metadata, any Linux node */
  readonly pods?: PodOptions | undefined;
  /** Settings, by environment variable, such as `DELAY_MAX`. @default the service's defaults */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether NetworkPolicies allow only the requests between load and server. @default true */
  readonly networkPolicies?: boolean;
}

interface PodArgs extends Pick<WorkloadArgs, "image" | "imageDigest" | "platform" | "pods"> {
  readonly labels: Readonly<Record<string, string>>;
  /** Port of the probes and metrics. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Fields specific to this container: its name, arguments, resources. */
  readonly container: Omit<types.input.core.v1.Container, "image" | "ports" | "env" | "securityContext">;
  /** Fields specific to this pod: its service account, its grace period. */
  readonly spec: Omit<types.input.core.v1.PodSpec, "containers" | "securityContext">;
}

/** A pod of the service's image that meets Pod Security `restricted`, annotated for Prometheus. */
export function podTemplate(args: PodArgs): types.input.core.v1.PodTemplateSpec {
  const { pods = anyPods } = args;
  const architecture = args.platform?.split("/")[1];
  return {
    metadata: {
      labels: { ...pods.labels, ...args.labels },
      annotations: {
        ...pods.annotations,
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(args.port),
        "prometheus.io/path": "/metrics",
        "latency-lab/image-digest": args.imageDigest ?? args.image,
      },
    },
    spec: {
      ...args.spec,
      // The pods do not use the Kubernetes API.
      automountServiceAccountToken: false,
      // A Service named "metrics" or "load" would set METRICS_PORT or LOAD_PORT to a URL.
      enableServiceLinks: false,
      nodeSelector: {
        ...(architecture ? { "kubernetes.io/arch": architecture } : {}),
        ...nodeSelector(pods),
      },
      tolerations: pods.tolerations.map((one) => ({ ...one })),
      ...(pods.priorityClass ? { priorityClassName: pods.priorityClass } : {}),
      securityContext: restrictedPod,
      containers: [
        {
          ...args.container,
          image: args.image,
          imagePullPolicy: "IfNotPresent",
          ports: [{ name: "http", containerPort: args.port }],
          env: literalEnvironment(args.environment),
          startupProbe: { ...probe("/readyz"), periodSeconds: 1, failureThreshold: 60 },
          livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 3 },
          securityContext: { ...restrictedContainer, readOnlyRootFilesystem: true },
        },
      ],
    },
  };
}

/** Spreads pods over nodes and zones, if there are several. */
export function spread(selector: Record<string, string>): types.input.core.v1.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    // A cluster of one node must run all pods.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  }));
}

/** On a busy node, a server may take seconds to answer; restarting it would make that worse. */
export function probe(path: string): types.input.core.v1.Probe {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 5 };
}

/**
 * Environment variables with exactly these values. Kubernetes expands `$(NAME)` and reads `$$` as `$`
 * (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
 */
function literalEnvironment(values: Readonly<Record<string, string>>): types.input.core.v1.EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: value.replaceAll("$", "$$$$") }));
}
