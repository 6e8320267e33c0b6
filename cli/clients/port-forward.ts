import { type AddressInfo, createServer } from "node:net";
import { CoreV1Api, type KubeConfig, PortForward } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { UserError } from "../../stack/errors.ts";
import type { OutputValues } from "../pulumi/outputs.ts";

/** The services that users and checks connect to. */
export type ServiceName = "grafana" | "prometheus" | "server";

/** The pods of each service, and their port. */
const behind: Readonly<
  Record<ServiceName, { namespace: "server" | "monitoring"; labels: string; port: number }>
> = {
  grafana: { namespace: "monitoring", labels: "app.kubernetes.io/name=grafana", port: 3000 },
  prometheus: { namespace: "monitoring", labels: "app=prometheus,component=server", port: 9090 },
  server: { namespace: "server", labels: "app.kubernetes.io/name=delayed-server", port: 19004 },
};

/** Listens on a free port of 127.0.0.1 and forwards every connection to a ready pod of the service. */
export async function forwardService(
  outputs: OutputValues,
  name: ServiceName,
): Promise<{ url: string; close: () => void }> {
  const config = new ClusterClient(outputs.kubeconfig);
  const { labels, port, namespace: which } = behind[name];
  const namespace = outputs.namespaces[which];
  const pod = await readyPod(config, namespace, labels, name);
  const forward = new PortForward(config);
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    forward.portForward(namespace, pod, [port], socket, null, socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port: local } = listener.address() as AddressInfo;
  return { url: `http://127.0.0.1:${local}`, close: () => listener.close() };
}

async function readyPod(
  config: KubeConfig,
  namespace: string,
  labelSelector: string,
  name: ServiceName,
): Promise<string> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  const ready = items.find((pod) =>
    pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  if (ready?.metadata?.name !== undefined) return ready.metadata.name;
  throw new UserError({
    what: `no pod of ${name} is ready`,
    why: `${items.length} pods with ${labelSelector} in the namespace ${namespace}, none of them ready`,
    fix: "npm run status   (shows what they wait for)",
  });
}
