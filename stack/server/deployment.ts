import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { type Cluster, inside } from "../cluster/cluster.ts";
import { type Admission, recommendedLabels } from "../cluster/labels.ts";
import { ownNamespace } from "../cluster/namespace.ts";
import { anyPods, type PodOptions, pullSecretName } from "../cluster/pods.ts";
import { copiedPullSecret, type PullSecret } from "../cluster/pull-secret.ts";
import { autoscaler, disruptionBudget, spread } from "./availability.ts";
import { serverPolicies } from "./network-policies.ts";
import { podTemplate, probe, serverPort } from "./pod.ts";
import { type RegistryLogin, registryPullSecret } from "./pull-secret.ts";

export interface DelayedServerArgs {
  readonly cluster: Cluster;
  /** Value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** Namespace to make and use; its pods are held to Pod Security `restricted`. */
  readonly namespace: string;
  /** Image to run, by digest where it has one. */
  readonly image: Input<string>;
  /** Changes when the image's content does, so that a re-used tag rolls out too. @default the image */
  readonly imageDigest?: Input<string>;
  /** Login of the registry, where pulling needs one. @default none */
  readonly login?: RegistryLogin;
  /** Pods. @default 1 */
  readonly replicas?: number;
  /** Pods that a HorizontalPodAutoscaler may go up to. @default always `replicas` of them */
  readonly maxReplicas?: number | undefined;
  /** Whether NetworkPolicies let only requests in, and nothing out. @default true */
  readonly networkPolicies?: boolean;
  /** Port on every node, 30000–32767. @default one that the cluster chooses */
  readonly nodePort?: number;
  /** Settings of the server, by environment variable, such as `DELAY_MAX`. @default the server's defaults */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the image is built for, such as `linux/amd64`. @default nodes of any architecture */
  readonly platform?: string;
  /** What its pods carry, and where they may run. @default nothing, and any Linux node */
  readonly pods?: PodOptions;
  /** Secret to copy into the namespace, for images to be pulled with. @default none */
  readonly pullSecret?: PullSecret | undefined;
  /** Asks the cluster about the pods before they are made. @default nothing is asked */
  readonly admission?: Admission | undefined;
  /** Seconds a pod may take to serve until a successor does, and to finish the requests it has. @default 30 */
  readonly terminationGracePeriodSeconds?: number;
}

/** The delayed server: a Deployment, reached through a NodePort, annotated for Prometheus. */
export class DelayedServer extends ComponentResource {
  /** The port, once the Service has it. */
  readonly nodePort: Output<number>;

  constructor(name: string, args: DelayedServerArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:server:DelayedServer", name, {}, opts);
    const child = inside(args.cluster, this);
    const pods = args.pods ?? anyPods;
    const labels = recommendedLabels(args.instance, "delayed-server");
    const selector = {
      "app.kubernetes.io/name": "delayed-server",
      "app.kubernetes.io/instance": args.instance,
    };
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
        // Not waited for: the provider would give endpoints 10 s to settle, and the pods,
        // which are waited for, would come only then.
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
          // An autoscaler's number must not be taken back by every run.
          ...(args.maxReplicas === undefined ? { replicas: args.replicas ?? 1 } : {}),
          selector: { matchLabels: selector },
          // A new pod serves before an old one goes: no request is refused in a rollout.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: podTemplate({
            ...args,
            labels,
            port: serverPort,
            environment: args.environment ?? {},
            container: {
              name: "delayed-server",
              // One Node process: 10 m at rest, one core at most; the memory limit holds 10,000 requests in flight.
              resources: pods.resources.server ?? {
                requests: { cpu: "50m", memory: "64Mi" },
                limits: { memory: "512Mi" },
              },
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
    disruptionBudget(metadata, selector, child);
    if (args.maxReplicas !== undefined) {
      autoscaler(metadata, { from: args.replicas ?? 1, to: args.maxReplicas }, child);
    }
    if (args.networkPolicies ?? true) serverPolicies(metadata, selector, child);
    this.nodePort = service.spec.ports.apply((ports) => ports?.[0]?.nodePort ?? args.nodePort ?? 0);
    this.registerOutputs();
  }
}
