import { Container } from "@pulumi/docker/container.js";
import { Network } from "@pulumi/docker/network.js";
import type { Provider as Engine } from "@pulumi/docker/provider.js";
import { RemoteImage } from "@pulumi/docker/remoteImage.js";
import { Volume } from "@pulumi/docker/volume.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import type { Login } from "../preflight/credentials.ts";
import type { Machine } from "../preflight/machine.ts";
import { type Proxies, withoutProxyFor } from "../preflight/proxy.ts";
import type { Addresses } from "../preflight/subnet.ts";
import type { Cluster } from "./cluster.ts";
import { hostName } from "./cluster.ts";
import { containerLabels, imagesVolume } from "./container-labels.ts";
import { localKubeconfig } from "./local-kubeconfig.ts";
import { entrypoint, nodeEntrypoint, podsResolvConf } from "./node-entrypoint.ts";
import { registriesYaml } from "./registries.ts";

export interface LocalClusterArgs {
  /** Prefix of the containers' and the network's names. */
  readonly name: string;
  /** Image of the node. @default rancher/k3s at the version in the settings */
  readonly k3sImage: string;
  /** Image of the registry. */
  readonly registryImage: string;
  /** Port of the Kubernetes API on 127.0.0.1. */
  readonly apiPort: number;
  /** Port of the registry on 127.0.0.1. */
  readonly registryPort: number;
  /** NodePorts to publish on 127.0.0.1, under the same numbers. */
  readonly nodePorts: readonly number[];
  /** The project's folder: a label tells whose the containers are. */
  readonly project: string;
  /** Whether pods' use of CPU and memory is measured, as an autoscaler needs it. @default false */
  readonly metrics?: boolean;
  /** Mirrors to pull through, by registry. */
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
  /** Logins of those mirrors, by host. */
  readonly mirrorLogins: Readonly<Record<string, Login>>;
  /** Proxies to pull images through. */
  readonly proxies: Proxies;
  /** Certificate authorities to trust besides the usual ones, as PEM. */
  readonly authorities: string | undefined;
  /** Whether pulled images stay in a volume of their own when the cluster is deleted. */
  readonly keepImages: boolean;
  /** What the engine's machine is like, and the addresses of the cluster's network on it. */
  readonly machine: Machine & Addresses;
  /** The Docker engine. */
  readonly engine: Engine;
  /** Waits for the API of the node in a container. @default localKubeconfig */
  readonly waitForKubeconfig?: typeof localKubeconfig;
}

/**
 * A Kubernetes of one node (k3s) and an image registry, both containers on a
 * network of their own, published on 127.0.0.1 only. Deleting it deletes
 * whatever is inside.
 */
export class LocalCluster extends ComponentResource implements Cluster {
  readonly provider: Provider;
  readonly kubeconfig: Output<string>;
  readonly nodeAddress: Output<string>;
  readonly hostAddress: string | undefined;
  readonly deletedWith: Container;
  /** Host and port to push images to; pods pull under the same name. */
  readonly registry: Output<string>;

  constructor(name: string, args: LocalClusterArgs, opts?: ComponentResourceOptions) {
    super("latency-lab:cluster:LocalCluster", name, {}, opts);
    const child = { parent: this, provider: args.engine };
    this.hostAddress = args.machine.isNative ? args.machine.gateway : undefined;
    // The labels name the project's folder: moving it must not make a new cluster.
    // Nor must another shell, with another proxy: the node keeps the one it was made with.
    const made = { ...child, deleteBeforeReplace: true, ignoreChanges: ["labels", "envs"] };
    const network = new Network(
      "network",
      {
        name: args.name,
        ipamConfigs: [{ subnet: args.machine.subnet, gateway: args.machine.gateway }],
        labels: labels(args.name, args.project),
      },
      made,
    );
    const image = (what: string, reference: string) =>
      // Kept after the stack: it was pulled, not made, and the next stack starts at once.
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
        labels: labels(args.name, args.project),
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
        command: k3sArguments(args),
        privileged: true,
        // Other user ids and a privileged container exclude each other.
        ...(args.machine.remapsUsers ? { usernsMode: "host" } : {}),
        envs: nodeEnvironment(args),
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
        // k3s keeps sockets and pids there, which must not survive a restart of the container.
        tmpfs: { "/run": "", "/var/run": "" },
        uploads: [
          {
            file: "/etc/rancher/k3s/registries.yaml",
            content: Object.keys(args.mirrorLogins).length > 0 ? secret(registries) : registries,
          },
          { file: entrypoint, content: nodeEntrypoint(args.machine.gateway), executable: true },
          // Go reads every file of this folder.
          ...(args.authorities
            ? [{ file: "/etc/ssl/certs/latency-lab.pem", content: args.authorities }]
            : []),
        ],
        restart: "unless-stopped",
        removeVolumes: true,
        // Nothing inside needs a graceful end: it is all deleted.
        destroyGraceSeconds: 1,
        labels: labels(args.name, args.project),
      },
      made,
    );

    this.deletedWith = node;
    const wait = args.waitForKubeconfig ?? localKubeconfig;
    this.kubeconfig = secret(node.id.apply((id) => wait(id, args.apiPort, args.name)));
    this.nodeAddress = output("127.0.0.1");
    this.registry = registry.id.apply(() => `127.0.0.1:${args.registryPort}`);
    this.provider = new Provider(
      "local-kubernetes",
      // Nobody else's objects are in there, and what was changed by hand becomes what the program says.
      { kubeconfig: this.kubeconfig, upsertExistingObjects: true, enablePatchForce: true },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** Where k3s' containerd keeps images. */
const containerdFolder = "/var/lib/rancher/k3s/agent/containerd";

/** k3s hands these to its containerd. A password in a proxy's address is kept out of the state. */
function nodeEnvironment({
  proxies,
  machine,
}: Pick<LocalClusterArgs, "proxies" | "machine">): Input<string[]> {
  const inside = [
    "localhost",
    "127.0.0.0/8",
    "registry",
    ".svc",
    ".cluster.local",
    "10.42.0.0/16",
    "10.43.0.0/16",
  ];
  const variables = Object.entries(withoutProxyFor(proxies, [...inside, machine.subnet]));
  const envs = variables.map(([name, value]) => `${name}=${value}`);
  return envs.some((one) => one.includes("@")) ? secret(envs) : envs;
}

/** The command line of k3s. */
function k3sArguments({ name, metrics }: Pick<LocalClusterArgs, "name" | "metrics">): string[] {
  const kubelet = {
    // By what is needed, not by how full the disk is: its last 5 % may be 50 GB.
    "eviction-hard": "memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi",
    "eviction-minimum-reclaim": "nodefs.available=500Mi,imagefs.available=500Mi",
    // 100 is never.
    "image-gc-high-threshold": "100",
    "image-gc-low-threshold": "99",
    "resolv-conf": podsResolvConf,
  };
  return [
    "server",
    // What nobody needs would only slow the start.
    `--disable=${["traefik", "servicelb", ...(metrics ? [] : ["metrics-server"])].join(",")}`,
    "--tls-san=127.0.0.1",
    `--node-name=${name}`,
    // There is one node: no tunnel, and no kernel module for it.
    "--flannel-backend=host-gw",
    ...Object.entries(kubelet).map(([flag, value]) => `--kubelet-arg=${flag}=${value}`),
  ];
}

function labels(name: string, project: string): { label: string; value: string }[] {
  return [
    { label: containerLabels.partOf, value: "latency-lab" },
    { label: containerLabels.instance, value: name },
    { label: containerLabels.project, value: project },
  ];
}
