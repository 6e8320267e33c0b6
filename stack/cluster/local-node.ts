// The local cluster's node: command line, environment and files of its container, and the wait for its API.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1NodeList } from "@kubernetes/client-node";
import { type Input, secret } from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { docker } from "../docker.ts";
import { firstLineOf, UserError } from "../errors.ts";
import type { Login } from "../preflight/docker-config.ts";
import { k3sNetworks } from "../preflight/local-subnet.ts";
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
# Until kube-proxy has its rules, requests to Services would leave the node, and a transparent proxy of the
# network that answers one keeps the connection. If they are dropped, their clients send them again.
iptables -t mangle -A POSTROUTING -d ${k3sNetworks[1]} -j DROP 2> /dev/null
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

/** k3s writes this file when its API server is up. */
const kubeconfigInContainer = "/etc/rancher/k3s/k3s.yaml";

/** The first start unpacks k3s and creates certificates: 10–20 s on a laptop, longer on a slow disk. */
const timeoutSeconds = 180;

/** How long the published port may refuse connections while the API answers inside the container. */
const refusedSeconds = 10;

/**
 * Waits until the k3s node serves its API on 127.0.0.1 and is ready for pods, and returns its
 * kubeconfig. Unlike a health check of the container, this costs nothing once the cluster is up.
 */
export async function localKubeconfig(container: string, apiPort: number, name: string): Promise<string> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const restartsBefore = (await stateOf(container)).restarts;
  let refusedSince: number | undefined;
  let last = "";
  while (Date.now() < deadline) {
    try {
      const { stdout } = await docker(["exec", container, "cat", kubeconfigInContainer]);
      const kubeconfig = published(stdout, apiPort, name);
      await ready(kubeconfig);
      return kubeconfig;
    } catch (error) {
      last = firstLineOf(error);
      await failWhenEnded(container, restartsBefore);
      const refused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
      refusedSince = refused ? (refusedSince ?? Date.now()) : undefined;
      if (refusedSince && Date.now() - refusedSince > refusedSeconds * 1000) {
        await failWhenElsewhere(container, apiPort);
      }
    }
    await sleep(300);
  }
  throw new UserError({
    what: `the local cluster was not ready within ${timeoutSeconds} s`,
    why: last,
    fix: `docker logs ${shortId(container)}   (then run the command again)`,
  });
}

/** The kubeconfig for use outside of the container, with the stack's name. */
function published(text: string, apiPort: number, name: string): string {
  const config = parse(text);
  config.clusters[0].cluster.server = `https://127.0.0.1:${apiPort}`;
  config.clusters[0].name = name;
  config.users[0].name = name;
  config.contexts[0] = { name, context: { cluster: name, user: name } };
  config["current-context"] = name;
  return stringify(config);
}

/** The API can answer long before a node registers, or without one. */
async function ready(kubeconfig: string): Promise<void> {
  await get(kubeconfig, "/readyz");
  const { items } = JSON.parse(await get(kubeconfig, "/api/v1/nodes")) as V1NodeList;
  const condition = items[0]?.status?.conditions?.find(({ type }) => type === "Ready");
  if (condition?.status === "True") return;
  throw new Error(
    condition ? `its node is not ready: ${condition.message}` : "its API answers, but no node has registered",
  );
}

async function get(kubeconfig: string, path: string): Promise<string> {
  const config = parse(kubeconfig);
  const { server, "certificate-authority-data": ca } = config.clusters[0].cluster;
  const { "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const from64 = (text: string) => Buffer.from(text, "base64");
  const login = { ca: from64(ca), cert: from64(cert), key: from64(key) };
  const call = request(`${server}${path}`, { ...login, agent: false, signal: AbortSignal.timeout(2000) });
  const [response] = (await once(call.end(), "response")) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode === 200) return answer;
  throw new Error(`${server}${path} returned ${response.statusCode}`);
}

async function stateOf(container: string): Promise<{ status: string; restarts: number }> {
  try {
    const format = "{{.State.Status}} {{.RestartCount}}";
    const { stdout } = await docker(["inspect", "--format", format, container]);
    const [status = "", restarts] = stdout.trim().split(" ");
    return { status, restarts: Number(restarts) };
  } catch (error) {
    throw new UserError({
      what: `the local cluster's container ${shortId(container)} is gone`,
      why: firstLineOf(error),
      fix: "npm run up   (creates it again)",
    });
  }
}

/** Docker restarts a node that exits, so it would never become ready: fail at once with its last log lines. */
async function failWhenEnded(container: string, restartsBefore: number): Promise<void> {
  const { status, restarts } = await stateOf(container);
  if (status !== "exited" && status !== "dead" && restarts === restartsBefore) return;
  const { stdout, stderr } = await docker(["logs", "--tail", "60", container]);
  throw new UserError({
    what: "the local cluster's node ended",
    why: lastWords(`${stdout}\n${stderr}`),
    fix: `docker logs ${shortId(container)}   (shows its full log; then run the command again)`,
  });
}

/** The last message of level fatal, even if other lines follow it; else the last three lines. */
export function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.findLast((line) => /\blevel=(fatal|panic)\b/.test(line));
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(fatal ?? "")?.[1]?.replaceAll('\\"', '"');
  return message ?? fatal ?? lines.slice(-3).join(" | ");
}

/** An engine behind a tunnel, or outside of this container, publishes ports on another machine. */
async function failWhenElsewhere(container: string, apiPort: number): Promise<void> {
  try {
    await docker(["exec", container, "k3s", "kubectl", "get", "--raw", "/readyz"], 5000);
  } catch {
    return; // It does not answer inside the container either: it is not ready.
  }
  throw new UserError({
    what: `the local cluster can't be reached at 127.0.0.1:${apiPort}`,
    why: "it answers inside its container, so the Docker engine publishes its ports on another machine",
    fix: "run the command where the engine runs, or npm run up -- --config cluster=existing",
  });
}

function shortId(container: string): string {
  return container.slice(0, 12);
}
