// The container of the local cluster's node: command line, environment and files of k3s.
import { type Input, secret } from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Login } from "../preflight/docker-config.ts";
import { k3sNetworks } from "../preflight/subnet.ts";
import { type Proxies, withoutProxyFor } from "../proxy.ts";

/** Folder of the images in k3s' containerd. */
export const containerdFolder = "/var/lib/rancher/k3s/agent/containerd";

/** k3s passes these to containerd. Secret if a proxy's address contains a password. */
export function nodeEnvironment(proxies: Proxies, subnet: string): Input<string[]> {
  const inside = ["localhost", "127.0.0.0/8", "registry", ".svc", ".cluster.local", ...k3sNetworks, subnet];
  const variables = Object.entries(withoutProxyFor(proxies, inside));
  const envs = variables.map(([name, value]) => `${name}=${value}`);
  return envs.some((one) => one.includes("@")) ? secret(envs) : envs;
}

/** The command line of k3s. */
export function k3sArguments(name: string, metrics: boolean): string[] {
  const kubelet = {
    // Absolute values: 5 % of a disk can be 50 GB.
    "eviction-hard": "memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi",
    "eviction-minimum-reclaim": "nodefs.available=500Mi,imagefs.available=500Mi",
    // 100 disables image garbage collection.
    "image-gc-high-threshold": "100",
    "image-gc-low-threshold": "99",
    "resolv-conf": podsResolvConf,
  };
  return [
    "server",
    // Unused components slow down the start.
    `--disable=${["traefik", "servicelb", ...(metrics ? [] : ["metrics-server"])].join(",")}`,
    "--tls-san=127.0.0.1",
    `--node-name=${name}`,
    // One node needs no tunnel, nor the kernel module for it.
    "--flannel-backend=host-gw",
    ...Object.entries(kubelet).map(([flag, value]) => `--kubelet-arg=${flag}=${value}`),
  ];
}

/**
 * k3s' registries.yaml (https://docs.k3s.io/installation/private-registry). Images of the local
 * registry are pulled over the containers' network, others through the user's mirrors and logins.
 */
export function registriesYaml(
  registryPort: number,
  mirrors: Readonly<Record<string, readonly string[]>>,
  logins: Readonly<Record<string, Login>> = {},
): string {
  const own = { [`127.0.0.1:${registryPort}`]: { endpoint: ["http://registry:5000"] } };
  const named = Object.entries(mirrors).map(([registry, endpoint]) => [registry, { endpoint }]);
  const configs = Object.fromEntries(Object.entries(logins).map(([host, auth]) => [host, { auth }]));
  return stringify({
    mirrors: { ...own, ...Object.fromEntries(named) },
    ...(Object.keys(configs).length > 0 ? { configs } : {}),
  });
}

/** Path of the node's entrypoint in its container. */
export const entrypoint = "/bin/latency-lab-node";

/** The resolv.conf of pods that use the host's resolver, such as CoreDNS. */
const podsResolvConf = "/etc/rancher/resolv.conf";

/**
 * Forwards pods' DNS requests to the engine's resolver, which resolves the host's names. It
 * listens on the node's 127.0.0.11, which pods can't reach, so k3s would use a public resolver.
 * kind and k3d do the same. The script uses only shell built-ins: the image has few tools.
 */
export function nodeEntrypoint(gateway: string): string {
  return `#!/bin/sh
port() {
  while read -r _ address _; do
    case "$address" in 0B00007F:*) echo $((0x\${address#*:})); return ;; esac
  done < "/proc/net/$1"
}
resolver=${gateway}
for protocol in udp tcp; do
  to=127.0.0.11:$(port "$protocol")
  for chain in PREROUTING OUTPUT; do
    iptables -t nat -A "$chain" -d ${gateway} -p "$protocol" --dport 53 -j DNAT --to-destination "$to" 2> /dev/null || resolver=127.0.0.11
  done
done
# Otherwise the kernel drops packets from pods to 127.0.0.0/8.
echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet || resolver=127.0.0.11
while read -r line; do
  case "$line" in
    "nameserver 127.0.0.11") echo "nameserver $resolver" ;;
    *) echo "$line" ;;
  esac
done < /etc/resolv.conf > ${podsResolvConf}
# If the engine remaps users, the image's root is another user, and setuid programs would run as that user.
for tool in mount umount; do chmod u-s "$(command -v "$tool")"; done
exec /bin/k3s "$@"
`;
}
