import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { literalEnvironment } from "../kubernetes/environment.ts";

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
    startupProbe: { ...probe("/readyz"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/** A server alone on a busy node may take seconds to answer, and is still better than none. */
function probe(path: string): types.input.core.v1.Probe {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 5 };
}
