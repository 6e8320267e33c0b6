import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import { withSharedLogin } from "./exec-plugin.ts";

export interface ExistingClusterArgs {
  /** A kubeconfig with the one context to use. */
  readonly kubeconfig: string;
  /** Address at which a browser reaches the NodePorts. */
  readonly nodeAddress: string;
  /** Adopts the stack's objects that a killed run created but did not record in the state. @default false */
  readonly adopt?: boolean;
}

/** A cluster that the stack did not create. Nothing outside of the stack's namespaces and roles is changed. */
export class ExistingCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly kubeconfig: pulumi.Output<string>;
  readonly nodeAddress: pulumi.Output<string>;

  constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:cluster:ExistingCluster", name, {}, opts);
    this.kubeconfig = pulumi.secret(args.kubeconfig);
    this.nodeAddress = pulumi.output(args.nodeAddress);
    this.provider = new Provider(
      "existing-kubernetes",
      {
        kubeconfig: pulumi.secret(withSharedLogin(args.kubeconfig)),
        // Overwrite manual changes instead of failing with a conflict.
        enablePatchForce: true,
        ...(args.adopt ? { upsertExistingObjects: true } : {}),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
