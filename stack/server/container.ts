import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { loadSettings } from "../../service/src/load/settings.ts";
import { literalEnvironment } from "./environment.ts";

/** The exercise's port; annotations and the static job name it too. */
export const serverPort = 19004;

/** The container of the delayed server, within Pod Security `restricted`. */
export function serverContainer(
  image: Input<string>,
  environment: Readonly<Record<string, string>>,
): types.input.core.v1.Container {
  return {
    name: "delayed-server",
    image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ name: "http", containerPort: serverPort }],
    env: literalEnvironment(environment),
    // One Node process: 10 m at rest, one core at most; the limit on memory holds
    // 10,000 requests in flight.
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } },
    startupProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

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
