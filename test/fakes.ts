// Servers that answer as an engine or a cluster in some situation would: what they
// are asked by is the real Docker command line and the real Kubernetes client.
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";

export interface EngineSituation {
  /** Bytes. @default 8 GiB */
  readonly memory?: number;
  /** @default a folder that is not on this machine, as with Docker Desktop */
  readonly rootFolder?: string;
  /** Running containers with the ports they publish on 127.0.0.1. */
  readonly containers?: readonly { name: string; port: number }[];
  /** @default 27.5.1 */
  readonly version?: string;
  /** What else `docker info` says. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Names of what it is made of. @default Engine */
  readonly components?: readonly string[];
  /** Serves TLS on a port of 127.0.0.1 with this certificate. @default a socket */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A Docker engine on a socket in a folder; returns the value for DOCKER_HOST. */
export async function engine(
  folder: string,
  {
    memory = 8 * 2 ** 30,
    rootFolder = "/nowhere/docker",
    containers = [],
    version = "27.5.1",
    info = {},
    components = ["Engine"],
    tls,
  }: EngineSituation = {},
): Promise<{ host: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    const path = (request.url ?? "").replace(/^\/v[\d.]+/, "").split("?")[0];
    asked.push(`${request.method} ${path}`);
    response.setHeader("Api-Version", "1.41");
    response.setHeader("Content-Type", "application/json");
    const answers: Record<string, unknown> = {
      "/_ping": "OK",
      "/version": {
        Version: version,
        ApiVersion: "1.41",
        Os: "linux",
        Arch: "amd64",
        Components: components.map((Name) => ({ Name, Version: version })),
      },
      "/info": {
        OSType: "linux",
        MemTotal: memory,
        DockerRootDir: rootFolder,
        ...{ MemoryLimit: true, PidsLimit: true, CPUShares: true, CPUSet: true },
        ...info,
      },
      "/containers/json": containers.map(({ name, port }) => ({
        Id: "0".repeat(64),
        Names: [`/${name}`],
        Ports: [{ IP: "127.0.0.1", PrivatePort: 80, PublicPort: port, Type: "tcp" }],
      })),
    };
    response.end(JSON.stringify(answers[path ?? ""] ?? []));
  };
  if (tls) {
    const server = createTlsServer(tls, answer);
    return { host: `tcp://127.0.0.1:${await listening(server)}`, asked, close: () => server.close() };
  }
  const server = createServer(answer);
  const socket = join(folder, `engine-${Math.random().toString(36).slice(2)}.sock`);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { host: `unix://${socket}`, asked, close: () => server.close() };
}

interface ClusterSituation {
  /** The status of every answer. @default 200 */
  readonly status?: number;
  readonly namespaces?: readonly { name: string; labels?: Record<string, string> }[];
  readonly services?: readonly { namespace: string; name: string; nodePort: number }[];
  readonly nodes?: readonly { name: string; addresses: { type: string; address: string }[] }[];
}

/** The API of a cluster; returns a kubeconfig for it. */
export async function cluster(
  situation: ClusterSituation = {},
): Promise<{ kubeconfig: string; close(): void }> {
  const { status = 200, namespaces = [], services = [] } = situation;
  const { nodes = [{ name: "n", addresses: [{ type: "InternalIP", address: "192.0.2.7" }] }] } = situation;
  const lists: Record<string, unknown[]> = {
    "/api/v1/nodes": nodes.map(({ name, addresses }) => ({ metadata: { name }, status: { addresses } })),
    "/api/v1/namespaces": namespaces.map((metadata) => ({ metadata })),
    "/api/v1/services": services.map(({ namespace, name, nodePort }) => ({
      metadata: { namespace, name },
      spec: { ports: [{ nodePort }] },
    })),
  };
  const server = createServer((request, response) => {
    response.statusCode = status;
    response.setHeader("Content-Type", "application/json");
    const items = lists[request.url?.split("?")[0] ?? ""] ?? [];
    response.end(
      JSON.stringify(status === 200 ? { kind: "List", apiVersion: "v1", items } : { kind: "Status" }),
    );
  });
  const port = await listening(server);
  return { kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`), close: () => server.close() };
}

/** A kubeconfig with one context named `lab`. */
export function kubeconfigFor(server: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "lab", user: { token: "token" } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
    "current-context": "lab",
  });
}

/** Starts a server on a free port of 127.0.0.1. */
export function listening(server: Pick<Server, "listen" | "address">): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
