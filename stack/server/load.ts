import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { type Cluster, inside } from "../cluster/cluster.ts";
import { recommendedLabels } from "../cluster/labels.ts";
import type { PodOptions } from "../cluster/pods.ts";
import type { DelayedServer } from "./deployment.ts";
import { loadPolicy } from "./network-policies.ts";
import { loadPort, podTemplate } from "./pod.ts";

export interface LoadArgs {
  readonly cluster: Cluster;
  /** Value of `app.kubernetes.io/instance`. */
  readonly instance: string;
  /** The server that requests are sent to. */
  readonly server: DelayedServer;
  /** The server's namespace, which enforces Pod Security `restricted`. */
  readonly namespace: string;
  /** The server's image, which includes the load generator. */
  readonly image: Input<string>;
  /** Changes with the image's content, so that a reused tag rolls out too. @default the image */
  readonly imageDigest?: Input<string>;
  /** Platform of the image, such as `linux/amd64`. @default nodes of any architecture */
  readonly platform?: string;
  /** Metadata and placement of the pod. @default no extra metadata, any Linux node */
  readonly pods?: PodOptions;
  /** Settings of the load generator, by environment variable, such as `LOAD_RATE`. @default its defaults */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a NetworkPolicy restricts it to the server. @default true */
  readonly networkPolicies?: boolean;
}

/** A steady load on the delayed server, from one pod in its namespace. */
export class Load extends ComponentResource {
  constructor(name: string, args: LoadArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:load:Load", name, {}, opts);
    const child = inside(args.cluster, this);
    const labels = recommendedLabels(args.instance, "load");
    const selector = { "app.kubernetes.io/name": "load", "app.kubernetes.io/instance": args.instance };
    const metadata = { name: "load", namespace: args.namespace, labels };
    // Requests sent before the server is ready would fail on every first `up`.
    const afterServer = { ...child, dependsOn: [args.server] };

    new Deployment(
      "load",
      {
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: selector },
          // Two pods would double the load.
          strategy: { type: "Recreate" },
          template: podTemplate({
            ...args,
            labels,
            port: loadPort,
            environment: { LOAD_TARGET: "http://delayed-server", ...args.environment },
            container: {
              name: "load",
              args: ["load"],
              resources: args.pods?.resources.load ?? {
                requests: { cpu: "10m", memory: "48Mi" },
                limits: { memory: "192Mi" },
              },
            },
            spec: {
              // The server's account, which has the pull secrets.
              serviceAccountName: "delayed-server",
              terminationGracePeriodSeconds: 5,
            },
          }),
        },
      },
      afterServer,
    );
    if (args.networkPolicies ?? true) loadPolicy(metadata, selector, args.instance, afterServer);
    this.registerOutputs();
  }
}
