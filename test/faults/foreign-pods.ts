// Pods that do not belong to the stack: what they can reach, and what they kill.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { type CoreV1Api, Exec, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { eventually } from "../../cli/clients/eventually.ts";
import type { ClusterUnderTest } from "../cluster.ts";

/** A target with a display name. */
export type Targets = Readonly<Record<string, readonly [host: string, port: number]>>;

/** The result for each target: `open`, or the error code. */
type Reached = Readonly<Record<string, string>>;

/** Connects to all targets in parallel and prints the results. */
function program(targets: Targets): string {
  return `const { connect } = require("net");
const targets = ${JSON.stringify(targets)};
const tried = Object.entries(targets).map(([name, [host, port]]) => new Promise((resolve) => {
  const socket = connect({ host, port });
  const end = (what) => { socket.destroy(); resolve([name, what]); };
  socket.setTimeout(3000, () => end("no answer"));
  socket.on("connect", () => end("open"));
  socket.on("error", (error) => end(error.code));
}));
Promise.all(tried).then((all) => {
  console.log("RESULT " + JSON.stringify(Object.fromEntries(all)));
  process.exit();
});`;
}

function resultOf(output: string): Reached {
  const json = /RESULT (\{.*\})/.exec(output)?.[1];
  if (json === undefined) throw new Error(`unexpected output of the probe: ${JSON.stringify(output)}`);
  return JSON.parse(json);
}

/** A pod that Pod Security `restricted` allows, with the server's image, which contains only Node. */
export function nodePod(name: string, namespace: string, image: string, script: string): V1Pod {
  return {
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "probe",
          image,
          command: ["/usr/bin/node", "-e", script],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

/** Creates a pod, and waits until it has succeeded. */
async function runPod(api: CoreV1Api, body: V1Pod): Promise<void> {
  const { name = "", namespace = "" } = body.metadata ?? {};
  await api.createNamespacedPod({ namespace, body });
  await eventually(async () => {
    const { status } = await api.readNamespacedPod({ name, namespace });
    assert.equal(status?.phase, "Succeeded");
  }, 90);
}

/** What a new pod in a namespace can reach. */
export async function reachedFrom(
  api: CoreV1Api,
  { namespace, image }: { namespace: string; image: string },
  targets: Targets,
): Promise<Reached> {
  const name = "probe";
  // NetworkPolicies take a few seconds to apply to a new pod.
  const script = `setTimeout(() => { ${program(targets)} }, 3000)`;
  try {
    await runPod(api, nodePod(name, namespace, image, script));
    return resultOf(await api.readNamespacedPodLog({ name, namespace }));
  } finally {
    await api.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
  }
}

/** What a running container of the stack can reach; runs the probe inside it. */
export async function reachedWithin(
  config: KubeConfig,
  { namespace, pod, container }: { namespace: string; pod: string; container: string },
  targets: Targets,
): Promise<Reached> {
  const stdout = new PassThrough();
  let output = "";
  stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const command = ["/usr/bin/node", "-e", program(targets)];
  await new Promise<void>((resolve, reject) => {
    new Exec(config)
      .exec(namespace, pod, container, command, stdout, process.stderr, null, false, () => resolve())
      .catch(reject);
  });
  await eventually(async () => void resultOf(output), 10);
  return resultOf(output);
}

/** The targets that were reached. */
export function openOf(reached: Reached): string[] {
  return Object.keys(reached).filter((name) => reached[name] === "open");
}

export function notOpen(reached: Reached): string[] {
  return Object.keys(reached).filter((name) => reached[name] !== "open");
}

/** Kills every process of a container, as the kernel does when memory runs out. */
const kill = `
const { readdirSync, readFileSync } = require("node:fs");
const id = process.argv[1];
let killed = 0;
for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
  try {
    if (!readFileSync("/proc/" + pid + "/cgroup", "utf8").includes(id)) continue;
    process.kill(Number(pid), "SIGKILL");
    killed += 1;
  } catch {}
}
process.exit(killed > 0 ? 0 : 1);
`;

/**
 * Sends SIGKILL to a container of a pod, from a privileged pod in its own namespace: inside the container,
 * PID 1 cannot be killed, and even a forced deletion starts with SIGTERM. Needs an image with Node.
 */
export async function killContainer(
  cluster: ClusterUnderTest,
  pod: V1Pod,
  { namespace, image, container }: { namespace: string; image: string; container?: string },
): Promise<void> {
  const statuses = pod.status?.containerStatuses ?? [];
  const status = container === undefined ? statuses[0] : statuses.find((one) => one.name.includes(container));
  const id = status?.containerID?.split("//")[1];
  assert.ok(id, "the pod has no such container");
  const name = "hand";
  await cluster.core.createNamespace({ body: { metadata: { name: namespace } } });
  try {
    await runPod(cluster.core, {
      metadata: { name, namespace },
      spec: {
        restartPolicy: "Never",
        hostPID: true,
        automountServiceAccountToken: false,
        containers: [
          { name, image, command: ["/usr/bin/node", "-e", kill, id], securityContext: { runAsUser: 0 } },
        ],
      },
    });
  } finally {
    await cluster.core.deleteNamespace({ name: namespace });
    await eventually(async () => {
      const { items } = await cluster.core.listNamespace({ fieldSelector: `metadata.name=${namespace}` });
      assert.equal(items.length, 0);
    });
  }
}
