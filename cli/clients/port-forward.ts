import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { CoreV1Api, PortForward } from "@kubernetes/client-node";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { UserError } from "../../stack/errors.ts";
import type { OutputValues } from "../pulumi/outputs.ts";
import { isReady } from "../watch/pods.ts";

/** The services that users and checks connect to. */
export type ServiceName = "grafana" | "prometheus" | "server";

/** The pods of each service, and their port. */
const behind: Readonly<
  Record<ServiceName, { in: "server" | "monitoring"; labelSelector: string; port: number }>
> = {
  grafana: { in: "monitoring", labelSelector: "app.kubernetes.io/name=grafana", port: 3000 },
  prometheus: { in: "monitoring", labelSelector: "app=prometheus,component=server", port: 9090 },
  server: { in: "server", labelSelector: "app.kubernetes.io/name=delayed-server", port: 19004 },
};

/** Listens on a free port of 127.0.0.1 and forwards every connection to a ready pod. Returns the URL. */
export async function forwardService(outputs: OutputValues, service: ServiceName): Promise<string> {
  const config = new ClusterClient(outputs.kubeconfig);
  const { labelSelector, port, in: part } = behind[service];
  const namespace = outputs.namespaces[part];
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  const pod = items.find(isReady)?.metadata?.name;
  if (pod === undefined) {
    throw new UserError({
      what: `no pod of ${service} is ready`,
      why: `${items.length} pods with ${labelSelector} in the namespace ${namespace}, none of them ready`,
      fix: "npm run status   (shows what they wait for)",
    });
  }
  const forward = new PortForward(config);
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    forward.portForward(namespace, pod, [port], socket, null, socket).catch(() => socket.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}
