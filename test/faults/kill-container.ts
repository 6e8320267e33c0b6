import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { eventually } from "../eventually.ts";
import type { ClusterUnderTest } from "./cluster.ts";

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
    await cluster.core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name },
        spec: {
          restartPolicy: "Never",
          hostPID: true,
          automountServiceAccountToken: false,
          containers: [
            { name, image, command: ["/usr/bin/node", "-e", kill, id], securityContext: { runAsUser: 0 } },
          ],
        },
      },
    });
    await eventually(async () => {
      const { status } = await cluster.core.readNamespacedPod({ namespace, name });
      assert.equal(status?.phase, "Succeeded");
    });
  } finally {
    await cluster.core.deleteNamespace({ name: namespace });
    await eventually(async () => {
      const { items } = await cluster.core.listNamespace({ fieldSelector: `metadata.name=${namespace}` });
      assert.equal(items.length, 0);
    });
  }
}
