import { parse } from "yaml";
import { firstLineOf, type Problem, quoted, UserError } from "../errors.ts";
import { setCommand } from "../settings/read.ts";
import { proxyFor } from "./proxy.ts";

/** A failed request, as thrown by `fetch` and the client library. */
interface Failure extends Error {
  readonly code?: number | string;
  readonly body?: unknown;
  readonly cause?: Failure;
}

const unknownAuthority = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
]);

/** Explains why a request to the API server failed. */
export function refusals(error: unknown, kubeconfig: string): readonly Problem[] {
  if (error instanceof UserError) return error.problems;
  const failure = error as Failure;
  const { context, server, user, proxy } = described(kubeconfig);
  const what = `context = "${context}"`;
  const check = `kubectl --context ${quoted(context)} get nodes   (checks it)`;
  if (failure.code === 401) {
    return [
      {
        what: `${what}: the login of ${user} has expired or is refused (401)`,
        why: `${server}: ${answerOf(failure)}`,
        fix: `log in to the cluster again; ${check}`,
      },
    ];
  }
  if (failure.code === 403) {
    return [
      {
        what: `${what}: the cluster refuses this user (403): ${user} lacks a right`,
        why: answerOf(failure),
        fix: `ask the cluster's administrator for it, or ${setCommand("context", "NAME")}   (kubectl config get-contexts lists the names)`,
      },
    ];
  }
  const cause = deepest(failure);
  const why = `${server}${proxy ? `, through the proxy ${proxy}` : ""}: ${firstLineOf(cause)}`;
  if (unknownAuthority.has(String(cause.code))) {
    return [
      {
        what: `${what}: the cluster's certificate is not signed by the authority in the kubeconfig`,
        why,
        fix: `log in to the cluster again if it was recreated; ${check}`,
      },
    ];
  }
  if (cause.code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return [
      {
        what: `${what}: the cluster's certificate is for another name`,
        why,
        fix: `kubectl config set-cluster ${quoted(clusterOf(kubeconfig))} --tls-server-name=NAME`,
      },
    ];
  }
  return [
    {
      what: `${what}: the cluster does not answer`,
      why,
      fix: `start the cluster, or ${setCommand("context", "NAME")}   (kubectl config get-contexts lists the names)`,
    },
  ];
}

/** The response, or another value if the object does not exist or the user lacks the right to read it. */
export async function permitted<T, N>(answer: Promise<T>, otherwise: N): Promise<T | N> {
  return answer.catch((error: { code?: number }) => {
    if (error.code !== 403 && error.code !== 404) throw error;
    return otherwise;
  });
}

function described(kubeconfig: string) {
  const config = parse(kubeconfig);
  const { cluster } = config.clusters[0];
  const { name, user } = config.users[0] ?? {};
  const plugin = user?.exec ? ` (exec plugin ${user.exec.command})` : "";
  const as = user?.as ? `, as ${user.as}` : "";
  const server = String(cluster.server);
  const proxy = cluster["proxy-url"] ?? proxyFor(server);
  return {
    context: String(config["current-context"]),
    server,
    user: name === undefined ? "no user" : `the user "${name}"${plugin}${as}`,
    proxy: proxy === undefined ? undefined : withoutPassword(String(proxy)),
  };
}

function clusterOf(kubeconfig: string): string {
  return parse(kubeconfig).clusters[0].name;
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, "//");
}

/** The message of the API server's Status, else the first line of the error. */
export function answerOf({ body, message }: Pick<Failure, "body" | "message">): string {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  try {
    const status = JSON.parse(text).message;
    if (typeof status === "string" && status !== "") return status;
  } catch {
    // Not from an API server, but for example a load balancer's page.
  }
  return message.split("\n")[0] ?? "";
}

function deepest(failure: Failure): Failure {
  return failure.cause instanceof Error ? deepest(failure.cause) : failure;
}
