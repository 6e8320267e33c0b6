import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { loadPort, serverPort } from "./pod.ts";

/**
 * Requests may come from everywhere, since a NodePort's do, and to the server's
 * port alone. Nothing goes out: the server asks nobody anything, not even for names.
 */
export function serverPolicies(
  metadata: types.input.meta.v1.ObjectMeta,
  selector: Record<string, string>,
  options: CustomResourceOptions,
): void {
  new NetworkPolicy(
    "server-nothing-in",
    { metadata: { ...metadata, name: "nothing-in" }, spec: { podSelector: {}, policyTypes: ["Ingress"] } },
    options,
  );
  new NetworkPolicy(
    "delayed-server-requests",
    {
      metadata: { ...metadata, name: "delayed-server" },
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ ports: [{ protocol: "TCP", port: serverPort }] }],
        egress: [],
      },
    },
    options,
  );
}

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
