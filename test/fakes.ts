// Fake Docker engines and clusters, used by the real Docker CLI and the real Kubernetes client.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, ListenOptions, Server as NetServer } from "node:net";
import { join } from "node:path";
import type { V1Node } from "@kubernetes/client-node";
import { stringify } from "yaml";

export interface EngineSituation {
  /** Memory in bytes. @default 8 GiB */
  readonly memory?: number;
  /** Docker's root folder. @default a folder that does not exist on this machine, as with Docker Desktop */
  readonly rootFolder?: string;
  /** Running containers, with the ports they publish on 127.0.0.1. */
  readonly containers?: readonly { name: string; port: number }[];
  /** Version of the engine. @default 27.5.1 */
  readonly version?: string;
  /** Other fields of `docker info`. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Names of the engine's components. @default Engine */
  readonly components?: readonly string[];
  /** Serves TLS on a port of 127.0.0.1 with this certificate, instead of a socket. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A Docker engine on a socket in a folder. Returns the value for DOCKER_HOST. */
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
): Promise<{ host: string; asked: string[] }> {
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
    return { host: `tcp://127.0.0.1:${await listening(server)}`, asked };
  }
  const server = createServer(answer);
  const socket = join(folder, `engine-${Math.random().toString(36).slice(2)}.sock`);
  await started(server, { path: socket });
  return { host: `unix://${socket}`, asked };
}

interface ClusterSituation {
  /** Status of every answer. @default 200 */
  readonly status?: number;
  readonly namespaces?: readonly object[];
  readonly services?: readonly { namespace: string; name: string; nodePort: number }[];
  /** Nodes as in the API. @default one ready node at 192.0.2.7 */
  readonly nodes?: readonly object[];
  /** Lists by path, such as `/apis/storage.k8s.io/v1/storageclasses`. @default empty lists */
  readonly lists?: Readonly<Record<string, readonly object[]>>;
  /** Version of Kubernetes. @default 1.33 */
  readonly version?: { major: string; minor: string; gitVersion: string };
  /** Permissions that the user lacks, such as `create clusterroles`. */
  readonly lacks?: readonly string[];
  /** The answer to a dry run of any object. @default accepted */
  readonly refuses?: string | ((object: string) => string | undefined);
  /** Paths that answer with an error status. */
  readonly answers?: Readonly<Record<string, number>>;
}

/** A node with an address and other fields. */
export function node(
  name: string,
  {
    addresses = [{ type: "InternalIP", address: "192.0.2.7" }],
    labels = {},
    spec = {},
    ready = true,
    info = {},
    allocatable,
  }: {
    addresses?: readonly { type: string; address: string }[];
    labels?: Record<string, string>;
    spec?: object;
    ready?: boolean;
    info?: Record<string, string>;
    allocatable?: Record<string, string>;
  } = {},
): V1Node {
  return {
    metadata: { name, labels },
    spec,
    status: {
      addresses: [...addresses],
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      nodeInfo: { operatingSystem: "linux", architecture: "amd64", ...info },
      ...(allocatable ? { allocatable } : {}),
    },
  } as V1Node;
}

/** The API of a cluster. Returns a kubeconfig for it, and the requests that it received. */
export async function cluster(
  situation: ClusterSituation = {},
): Promise<{ kubeconfig: string; made: string[] }> {
  const { status = 200, namespaces = [], services = [], nodes = [node("n")], lacks = [] } = situation;
  const lists: Record<string, readonly object[]> = {
    "/api/v1/nodes": nodes,
    "/api/v1/namespaces": namespaces.map((metadata) => ("metadata" in metadata ? metadata : { metadata })),
    "/api/v1/services": services.map(({ namespace, name, nodePort }) => ({
      metadata: { namespace, name },
      spec: { ports: [{ nodePort }] },
    })),
    ...situation.lists,
  };
  const { version = { major: "1", minor: "33", gitVersion: "v1.33.5" } } = situation;
  const made: string[] = [];
  const answer = (path: string, body: Review | undefined): object => {
    if (path === "/version") return version;
    const { verb, resource } = body?.spec?.resourceAttributes ?? {};
    const allowed = !lacks.some((right) => verb === "*" || right === `${verb} ${resource}`);
    if (path.endsWith("/selfsubjectaccessreviews")) return { status: { allowed } };
    if (path.endsWith("/selfsubjectreviews")) return { status: { userInfo: { username: "alice" } } };
    if (body) return body;
    // The client looks up the API's resources before it creates an object.
    if (path === "/api/v1") {
      return {
        resources: [
          { name: "namespaces", kind: "Namespace", namespaced: false, verbs: [] },
          { name: "pods", kind: "Pod", namespaced: true, verbs: [] },
        ],
      };
    }
    if (path.endsWith("/serviceaccounts/default")) return { metadata: { name: "default" } };
    return { kind: "List", apiVersion: "v1", items: lists[path] ?? [] };
  };
  const kubeconfig = await api(({ method, path, isDryRun, body }) => {
    const isReview = /selfsubject\w*reviews$/.test(path);
    if (method !== "GET" && !isReview && !isDryRun) made.push(`${method} ${path}`);
    const { refuses } = situation;
    const message = isDryRun ? (typeof refuses === "function" ? refuses(body) : refuses) : undefined;
    const code = situation.answers?.[path] ?? (message ? 403 : status);
    if (code !== 200) return [code, { kind: "Status", apiVersion: "v1", code, message }];
    return [200, answer(path, body === "" ? undefined : JSON.parse(body))];
  });
  return { kubeconfig, made };
}

/**
 * An API server with these answers by path; texts are logs. All other paths have a status, or an empty
 * list with 200.
 */
export async function apiWith(
  answers: Readonly<Record<string, unknown>>,
  otherwise: 200 | 401 | 403 | 404 = 200,
): Promise<{ kubeconfig: string; asked: string[] }> {
  const asked: string[] = [];
  const nothing =
    otherwise === 200 ? { kind: "List", items: [], metadata: {} } : { kind: "Status", code: otherwise };
  const kubeconfig = await api(({ path }) => {
    asked.push(path);
    return path in answers ? [200, answers[path]] : [otherwise, nothing];
  });
  return { kubeconfig, asked };
}

/** A request to a fake API server. */
interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly isDryRun: boolean;
  readonly body: string;
}

/** An API server with these responses. Returns a kubeconfig for it. */
export async function api(
  answer: (request: ApiRequest) => readonly [status: number, body: unknown],
): Promise<string> {
  const url = await serving(async (request, response) => {
    const { method = "", url = "" } = request;
    const [path = "", query = ""] = url.split("?");
    const body = (await request.toArray()).join("");
    const [status, content] = answer({ method, path, isDryRun: query.includes("dryRun=All"), body });
    const isText = typeof content === "string";
    response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
    response.end(isText ? content : JSON.stringify(content));
  });
  return kubeconfigFor(url);
}

/** The attributes of an access review. */
interface Review {
  readonly spec?: { readonly resourceAttributes?: { readonly verb: string; readonly resource: string } };
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

/** Starts a server on a free port of this machine. It does not keep the process running. */
export async function listening(server: NetServer, host = "127.0.0.1"): Promise<number> {
  await started(server, { host, port: 0 });
  return (server.address() as AddressInfo).port;
}

/** Starts an HTTP server, and returns its URL. */
export async function serving(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(answer))}`;
}

async function started(server: NetServer, at: ListenOptions): Promise<void> {
  server.on("connection", (socket) => socket.unref());
  await once(server.listen(at).unref(), "listening");
}
