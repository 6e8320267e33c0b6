import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { inside } from "../cluster/cluster.ts";
import { recommendedLabels } from "../cluster/labels.ts";
import type { DelayedServer } from "./deployment.ts";
import { loadPolicy } from "./network-policies.ts";
import { loadPort, loadResources, podTemplate, type WorkloadArgs } from "./pod.ts";

export interface LoadArgs extends WorkloadArgs {
  /** The server that requests are sent to. */
  readonly server: DelayedServer;
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
              resources: args.pods?.resources.load ?? loadResources,
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
