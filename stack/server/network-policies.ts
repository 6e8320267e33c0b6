import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { loadPort, serverPort } from "./pod.ts";

/**
 * Allows requests to the server's port from everywhere, because NodePort requests can come from any
 * address. Denies all outgoing connections: the server needs none, not even DNS.
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

/** Allows the load to reach only the server and DNS, and Prometheus to scrape it. */
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
