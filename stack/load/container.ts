import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { loadSettings } from "../../service/src/load/settings.ts";
import { literalEnvironment } from "../kubernetes/environment.ts";

/** Where the load generator is probed and scraped. */
export const loadPort = Number(loadSettings.loadPort.default);

/** The container of the load generator, within Pod Security `restricted`. */
export function loadContainer(
  image: Input<string>,
  environment: Readonly<Record<string, string>>,
): types.input.core.v1.Container {
  return {
    name: "load",
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["load"],
    ports: [{ name: "http", containerPort: loadPort }],
    env: literalEnvironment({ LOAD_TARGET: "http://delayed-server", ...environment }),
    resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "192Mi" } },
    startupProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}
