import { Provider } from "@pulumi/kubernetes/provider.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import { withSharedLogin } from "./shared-login.ts";

export interface ExistingClusterArgs {
  /** A kubeconfig with the one context to use. */
  readonly kubeconfig: string;
  /** Address at which a browser reaches the NodePorts. */
  readonly nodeAddress: string;
  /** Takes over objects of the stack's own that a killed run made and could not note down. @default false */
  readonly adopt?: boolean;
}

/** A cluster that somebody else made: used, never changed outside the stack's own namespaces and roles. */
export class ExistingCluster extends ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly kubeconfig: Output<string>;
  readonly nodeAddress: Output<string>;

  constructor(name: string, args: ExistingClusterArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:cluster:ExistingCluster", name, {}, opts);
    this.kubeconfig = secret(args.kubeconfig);
    this.nodeAddress = output(args.nodeAddress);
    this.provider = new Provider(
      "existing-kubernetes",
      {
        kubeconfig: secret(withSharedLogin(args.kubeconfig)),
        // What somebody changed by hand becomes what the program says again, not a conflict.
        enablePatchForce: true,
        ...(args.adopt ? { upsertExistingObjects: true } : {}),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
