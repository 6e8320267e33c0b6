// A pod that does not belong to the stack, and what it can reach.
import { PassThrough } from "node:stream";
import { type CoreV1Api, Exec, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { eventually } from "../eventually.ts";

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

/** What a new pod in a namespace can reach. */
export async function reachedFrom(
  api: CoreV1Api,
  { namespace, image }: { namespace: string; image: string },
  targets: Targets,
): Promise<Reached> {
  const name = "probe";
  // NetworkPolicies take a few seconds to apply to a new pod.
  const script = `setTimeout(() => { ${program(targets)} }, 3000)`;
  await api.createNamespacedPod({ namespace, body: nodePod(name, namespace, image, script) });
  try {
    await eventually(async () => {
      const { status } = await api.readNamespacedPod({ name, namespace });
      if (status?.phase !== "Succeeded") throw new Error(`the probe is ${status?.phase}`);
    }, 90);
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
