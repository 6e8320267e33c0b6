import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { serverPort } from "../delayed-server/container.ts";
import { loadPort } from "./container.ts";

/** The load reaches the server and the cluster's DNS and nothing else; what comes in is Prometheus. */
export function loadPolicy(
  metadata: types.input.meta.v1.ObjectMeta,
  selector: Record<string, string>,
  instance: string,
  options: CustomResourceOptions,
): void {
  const server = { "app.kubernetes.io/name": "delayed-server", "app.kubernetes.io/instance": instance };
  new NetworkPolicy(
    "load-to-server",
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ ports: [{ protocol: "TCP", port: loadPort }] }],
        egress: [
          {
            to: [{ podSelector: { matchLabels: server } }],
            ports: [{ protocol: "TCP", port: serverPort }],
          },
          {
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: 53 },
            ],
          },
        ],
      },
    },
    options,
  );
}
