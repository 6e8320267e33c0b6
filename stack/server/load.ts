import type { types } from "@pulumi/kubernetes";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { inside } from "../cluster/cluster.ts";
import { recommendedLabels } from "../plan.ts";
import type { DelayedServer } from "./deployment.ts";
import {
  loadPort,
  loadResources,
  podTemplate,
  selectorOf,
  serverPort,
  spread,
  tcp,
  type WorkloadArgs,
} from "./pod.ts";

export interface LoadArgs extends WorkloadArgs {
  /** The server that requests are sent to. */
  readonly server: DelayedServer;
  /** Number of pods, each of which sends the whole rate. @default 1 */
  readonly replicas?: number;
}

/** A steady load on the delayed server, from pods in its namespace. */
export class Load extends pulumi.ComponentResource {
  constructor(name: string, args: LoadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:load:Load", name, {}, opts);
    const child = inside(args.cluster, this);
    const labels = recommendedLabels(args.instance, "load");
    const selector = selectorOf(args.instance, "load");
    const metadata = { name: "load", namespace: args.namespace, labels };
    const { replicas = 1 } = args;
    // Requests sent before the server is ready would fail on every first `up`.
    const afterServer = { ...child, dependsOn: [args.server] };

    new Deployment(
      "load",
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: selector },
          // An additional pod would add its rate.
          strategy: { type: "Recreate" },
          template: podTemplate({
            ...args,
            labels,
            port: loadPort,
            environment: { LOAD_TARGET: "http://delayed-server", ...args.environment },
            container: {
              name: "load",
              args: ["load"],
              resources: args.pods?.resources.load ?? loadResources,
            },
            spec: {
              // The server's account, which has the pull secrets.
              serviceAccountName: "delayed-server",
              terminationGracePeriodSeconds: 5,
              ...(replicas === 1 ? {} : { topologySpreadConstraints: spread(selector) }),
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

/** Allows the load to reach only the server and DNS, and Prometheus to scrape it. */
function loadPolicy(
  metadata: types.input.meta.v1.ObjectMeta,
  selector: Record<string, string>,
  instance: string,
  options: pulumi.CustomResourceOptions,
): void {
  const server = { podSelector: { matchLabels: selectorOf(instance, "delayed-server") } };
  new NetworkPolicy(
    "load-to-server",
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ ports: [tcp(loadPort)] }],
        egress: [
          { to: [server], ports: [tcp(serverPort)] },
          { ports: [{ protocol: "UDP", port: 53 }, tcp(53)] },
        ],
      },
    },
    options,
  );
}
