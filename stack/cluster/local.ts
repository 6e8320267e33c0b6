import { Container } from "@pulumi/docker/container.js";
import { Network } from "@pulumi/docker/network.js";
import type { Provider as Engine } from "@pulumi/docker/provider.js";
import { RemoteImage } from "@pulumi/docker/remoteImage.js";
import { Volume } from "@pulumi/docker/volume.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { containerLabels, hostName, imagesVolume } from "../plan.ts";
import type { Login } from "../preflight/docker-config.ts";
import type { Machine } from "../preflight/local-machine.ts";
import type { Addresses } from "../preflight/local-subnet.ts";
import type { Proxies } from "../proxy.ts";
import type { Settings } from "../settings/schema.ts";
import type { Cluster } from "./cluster.ts";
import {
  containerdFolder,
  entrypoint,
  k3sArguments,
  localKubeconfig,
  nodeEntrypoint,
  nodeEnvironment,
  registriesYaml,
} from "./local-node.ts";

export interface LocalClusterArgs
  extends Pick<Settings, "k3sImage" | "registryImage" | "registryMirrors" | "keepImages"> {
  /** Prefix of the containers' and the network's names. */
  readonly name: string;
  /** Port of the Kubernetes API on 127.0.0.1. */
  readonly apiPort: number;
  /** Port of the registry on 127.0.0.1. */
  readonly registryPort: number;
  /** NodePorts to publish on 127.0.0.1, under the same numbers. */
  readonly nodePorts: readonly number[];
  /** The project's folder, for the label that says which checkout owns the containers. */
  readonly project: string;
  /** Whether to run metrics-server, which an autoscaler needs. @default false */
  readonly metrics?: boolean;
  /** Logins for the mirrors, by host. */
  readonly mirrorLogins: Readonly<Record<string, Login>>;
  /** Proxies to pull images through. */
  readonly proxies: Proxies;
  /** Additional certificate authorities to trust, as PEM. */
  readonly authorities: string | undefined;
  /** The engine's machine, and the addresses of the cluster's network. */
  readonly machine: Machine & Addresses;
  /** The Docker engine. */
  readonly engine: Engine;
  /** Waits for the API of the node in a container. @default localKubeconfig */
  readonly waitForKubeconfig?: typeof localKubeconfig;
}

/**
 * A Kubernetes cluster of one node (k3s) and an image registry: two containers on their own
 * network, published on 127.0.0.1 only. Deleting the cluster deletes everything in it.
 */
export class LocalCluster extends pulumi.ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly kubeconfig: pulumi.Output<string>;
  readonly nodeAddress: pulumi.Output<string>;
  readonly hostAddress: string | undefined;
  readonly deletedWith: Container;
  /** Host and port to push images to; pods pull from the same name. */
  readonly registry: pulumi.Output<string>;

  constructor(name: string, args: LocalClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("latency-lab:cluster:LocalCluster", name, {}, opts);
    const child = { parent: this, provider: args.engine };
    const labels = [
      { label: containerLabels.partOf, value: "latency-lab" },
      { label: containerLabels.instance, value: args.name },
      { label: containerLabels.project, value: args.project },
    ];
    this.hostAddress = args.machine.isNative ? args.machine.gateway : undefined;
    // Moving the project's folder (labels), or a shell with another proxy (envs), must not
    // replace the cluster.
    const made = { ...child, deleteBeforeReplace: true, ignoreChanges: ["labels", "envs"] };
    const network = new Network(
      "network",
      {
        name: args.name,
        ipamConfigs: [
          { subnet: args.machine.subnet, gateway: args.machine.gateway, ipRange: args.machine.others },
        ],
        labels,
      },
      // An existing network keeps its addresses: replacing it would replace the cluster.
      { ...made, ignoreChanges: [...made.ignoreChanges, "ipamConfigs"] },
    );
    const image = (what: string, reference: string) =>
      // Kept after `down`, so that the next stack starts without pulling.
      new RemoteImage(what, { name: reference, keepLocally: true }, child);

    const registry = new Container(
      "registry",
      {
        name: `${args.name}-registry`,
        image: image("registry-image", args.registryImage).imageId,
        networksAdvanced: [{ name: network.name, aliases: ["registry"], ipv4Address: args.machine.registry }],
        ports: [{ internal: 5000, external: args.registryPort, ip: "127.0.0.1" }],
        restart: "unless-stopped",
        removeVolumes: true,
        labels,
      },
      made,
    );

    const images = args.keepImages
      ? new Volume("images", { name: imagesVolume(args.name) }, { ...child, retainOnDelete: true })
      : undefined;

    const registries = registriesYaml(args.registryPort, args.registryMirrors, args.mirrorLogins);
    const node = new Container(
      "node",
      {
        name: `${args.name}-k3s`,
        hostname: args.name,
        image: image("k3s-image", args.k3sImage).imageId,
        entrypoints: [entrypoint],
        command: k3sArguments(args.name, args.metrics ?? false),
        privileged: true,
        // A privileged container can't use remapped user ids.
        ...(args.machine.remapsUsers ? { usernsMode: "host" } : {}),
        envs: nodeEnvironment(args.proxies, args.machine.subnet),
        volumes: [
          ...args.machine.mounts.map((path) => ({ hostPath: path, containerPath: path, readOnly: true })),
          ...(images ? [{ volumeName: images.name, containerPath: containerdFolder }] : []),
        ],
        hosts: [{ host: hostName, ip: this.hostAddress ?? "host-gateway" }],
        networksAdvanced: [{ name: network.name, ipv4Address: args.machine.node }],
        ports: [
          { internal: 6443, external: args.apiPort, ip: "127.0.0.1" },
          ...args.nodePorts.map((port) => ({ internal: port, external: port, ip: "127.0.0.1" })),
        ],
        // k3s keeps sockets and pid files there, which must not survive a restart of the container.
        tmpfs: { "/run": "", "/var/run": "" },
        uploads: [
          {
            file: "/etc/rancher/k3s/registries.yaml",
            content: Object.keys(args.mirrorLogins).length > 0 ? pulumi.secret(registries) : registries,
          },
          { file: entrypoint, content: nodeEntrypoint(args.machine.gateway), executable: true },
          // Go reads every file of this folder.
          ...(args.authorities
            ? [{ file: "/etc/ssl/certs/latency-lab.pem", content: args.authorities }]
            : []),
        ],
        restart: "unless-stopped",
        removeVolumes: true,
        // Everything inside is deleted, so nothing needs a graceful end.
        destroyGraceSeconds: 1,
        labels,
      },
      made,
    );

    this.deletedWith = node;
    const wait = args.waitForKubeconfig ?? localKubeconfig;
    this.kubeconfig = pulumi.secret(node.id.apply((id) => wait(id, args.apiPort, args.name)));
    this.nodeAddress = pulumi.output("127.0.0.1");
    this.registry = registry.id.apply(() => `127.0.0.1:${args.registryPort}`);
    this.provider = new Provider(
      "local-kubernetes",
      // The cluster has only the stack's objects: adopt existing ones and overwrite manual changes.
      { kubeconfig: this.kubeconfig, upsertExistingObjects: true, enablePatchForce: true },
      { parent: this },
    );
    this.registerOutputs();
  }
}
