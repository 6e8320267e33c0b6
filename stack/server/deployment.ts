import type { types } from "@pulumi/kubernetes";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import {
  copiedPullSecret,
  inside,
  ownNamespace,
  type PullSecret,
  type RegistryLogin,
  registryPullSecret,
} from "../cluster/cluster.ts";
import { type Admission, recommendedLabels } from "../plan.ts";
import {
  anyPods,
  podTemplate,
  probe,
  pullSecretName,
  selectorOf,
  serverPort,
  serverResources,
  spread,
  tcp,
  type WorkloadArgs,
} from "./pod.ts";

export interface DelayedServerArgs extends WorkloadArgs {
  /** Login for pulling from the registry. @default none */
  readonly login?: RegistryLogin;
  /** Number of pods. @default 1 */
  readonly replicas?: number;
  /** Maximum number of pods for a HorizontalPodAutoscaler, which needs the metrics API. @default no autoscaler */
  readonly maxReplicas?: number | undefined;
  /** NodePort, 30000–32767. @default chosen by the cluster */
  readonly nodePort?: number;
  /** Image pull Secret to copy into the namespace. @default none */
  readonly pullSecret?: PullSecret | undefined;
  /** Checks whether the cluster admits the pods before they are created. @default no check */
  readonly admission?: Admission | undefined;
  /** Seconds for a pod to hand over to its successor and to finish its requests. @default 30 */
  readonly terminationGracePeriodSeconds?: number;
}

/** The delayed server: a Deployment with a NodePort Service, annotated for Prometheus. */
export class DelayedServer extends pulumi.ComponentResource {
  /** The NodePort of the Service. */
  readonly nodePort: pulumi.Output<number>;

  constructor(name: string, args: DelayedServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:server:DelayedServer", name, {}, opts);
    const child = inside(args.cluster, this);
    const pods = args.pods ?? anyPods;
    const labels = recommendedLabels(args.instance, "delayed-server");
    const selector = selectorOf(args.instance, "delayed-server");
    const namespace = ownNamespace(
      "server-namespace",
      {
        cluster: args.cluster,
        name: args.namespace,
        instance: args.instance,
        podSecurity: "restricted",
        labels: pods.labels,
        annotations: pods.annotations,
        admission: args.admission,
      },
      this,
    );
    const metadata = { name: "delayed-server", namespace, labels };

    if (args.pullSecret) copiedPullSecret("server-pull-secret", metadata, args.pullSecret, child);
    const login = args.login && registryPullSecret(metadata, args.login, child).metadata.name;
    const pullSecrets = [login, pullSecretName(pods)].flatMap((name) => (name ? [{ name }] : []));
    const account = new ServiceAccount(
      "delayed-server-account",
      {
        metadata,
        automountServiceAccountToken: false,
        ...(pullSecrets.length > 0 ? { imagePullSecrets: pullSecrets } : {}),
      },
      child,
    );
    const service = new Service(
      "delayed-server-service",
      {
        // Otherwise the provider waits 10 s for endpoints before it creates the pods.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          type: "NodePort",
          selector,
          ports: [
            {
              name: "http",
              port: 80,
              targetPort: "http",
              ...(args.nodePort === undefined ? {} : { nodePort: args.nodePort }),
            },
          ],
        },
      },
      child,
    );
    new Deployment(
      "delayed-server",
      {
        metadata,
        spec: {
          // With an autoscaler, a run must not reset the number of pods.
          ...(args.maxReplicas === undefined ? { replicas: args.replicas ?? 1 } : {}),
          selector: { matchLabels: selector },
          // A new pod is ready before an old one stops, so that a rollout refuses no requests.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: podTemplate({
            ...args,
            labels,
            port: serverPort,
            environment: args.environment ?? {},
            container: {
              name: "delayed-server",
              resources: pods.resources.server ?? serverResources,
              readinessProbe: { ...probe("/readyz"), periodSeconds: 2, failureThreshold: 3 },
            },
            spec: {
              serviceAccountName: account.metadata.name,
              terminationGracePeriodSeconds: args.terminationGracePeriodSeconds ?? 30,
              topologySpreadConstraints: spread(selector),
            },
          }),
        },
      },
      { ...child, dependsOn: [service] },
    );
    new PodDisruptionBudget(
      "delayed-server-disruptions",
      // With `minAvailable`, a single pod would block the drain of its node for ever.
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
      child,
    );
    if (args.maxReplicas !== undefined) {
      // A server process uses at most one core; scale out before that.
      const busyCpu = { type: "AverageValue", averageValue: "700m" };
      new HorizontalPodAutoscaler(
        "delayed-server-autoscaler",
        {
          metadata,
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "delayed-server" },
            minReplicas: args.replicas ?? 1,
            maxReplicas: args.maxReplicas,
            metrics: [{ type: "Resource", resource: { name: "cpu", target: busyCpu } }],
          },
        },
        child,
      );
    }
    if (args.networkPolicies ?? true) serverPolicies(metadata, selector, child);
    this.nodePort = service.spec.ports.apply((ports) => ports?.[0]?.nodePort ?? args.nodePort ?? 0);
    this.registerOutputs();
  }
}

/**
 * Allows requests to the server's port from everywhere, because NodePort requests can come from any
 * address. Denies all outgoing connections: the server needs none, not even DNS.
 */
function serverPolicies(
  metadata: types.input.meta.v1.ObjectMeta,
  selector: Record<string, string>,
  options: pulumi.CustomResourceOptions,
): void {
  new NetworkPolicy(
    "server-nothing-in",
    { metadata: { ...metadata, name: "nothing-in" }, spec: { podSelector: {}, policyTypes: ["Ingress"] } },
    options,
  );
  new NetworkPolicy(
    "delayed-server-requests",
    {
      metadata: { ...metadata, name: "delayed-server" },
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ ports: [tcp(serverPort)] }],
        egress: [],
      },
    },
    options,
  );
}
