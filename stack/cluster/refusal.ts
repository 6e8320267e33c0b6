import { parse } from "yaml";
import { firstLineOf, type Problem, quoted, setCommand, UserError } from "../errors.ts";
import { proxyFor } from "../proxy.ts";

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
  const { clusters, users, "current-context": context } = parse(kubeconfig);
  const { name, cluster } = clusters[0];
  const user = described(users[0]);
  const proxy: string | undefined = cluster["proxy-url"] ?? proxyFor(cluster.server);
  const through = proxy ? `, through the proxy ${proxy.replace(/\/\/[^@/]*@/, "//")}` : "";
  const cause = deepest(failure);
  const code = String(cause.code);
  const check = `kubectl --context ${quoted(context)} get nodes   (checks it)`;
  const another = `${setCommand("context", "NAME")}   (kubectl config get-contexts lists the names)`;
  const problem = (what: string, fix: string, why: string): Problem[] => [
    { what: `context = "${context}": ${what}`, why, fix },
  ];
  if (failure.code === 401) {
    return problem(
      `the login of ${user} has expired or is refused (401)`,
      `log in to the cluster again; ${check}`,
      `${cluster.server}: ${answerOf(failure)}`,
    );
  }
  if (failure.code === 403) {
    return problem(
      `the cluster refuses this user (403): ${user} lacks a right`,
      `ask the cluster's administrator for it, or ${another}`,
      answerOf(failure),
    );
  }
  if (typeof failure.code === "number") {
    return problem(
      `the cluster answered ${failure.code}`,
      `wait until its API server is well, and run the command again; ${check}`,
      `${cluster.server}${through}: ${answerOf(failure)}`,
    );
  }
  const why = `${cluster.server}${through}: ${firstLineOf(cause)}`;
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return problem(
      "the cluster's certificate is not valid at this time",
      "renew it (k3s: restart its service; kubeadm: kubeadm certs renew all), or set the clock of this machine",
      why,
    );
  }
  if (unknownAuthority.has(code)) {
    return problem(
      "the cluster's certificate is not signed by the authority in the kubeconfig",
      `log in to the cluster again if it was recreated; ${check}`,
      why,
    );
  }
  if (code.startsWith("ERR_OSSL_")) {
    return problem(
      "a certificate or key in the kubeconfig can't be used",
      `log in to the cluster again to rewrite it; ${check}`,
      why,
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return problem(
      "the cluster's certificate is for another name",
      `kubectl config set-cluster ${quoted(name)} --tls-server-name=NAME`,
      why,
    );
  }
  return problem("the cluster does not answer", `start the cluster, or ${another}`, why);
}

/** The response, or another value if the object does not exist or the user lacks the right to read it. */
export async function permitted<T, N>(answer: Promise<T>, otherwise: N): Promise<T | N> {
  return answer.catch((error: { code?: number }) => {
    if (error.code !== 403 && error.code !== 404) throw error;
    return otherwise;
  });
}

function described(entry?: { name: string; user: { exec?: { command: string }; as?: string } }): string {
  if (entry === undefined) return "no user";
  const { exec, as } = entry.user;
  return `the user "${entry.name}"${exec ? ` (exec plugin ${exec.command})` : ""}${as ? `, as ${as}` : ""}`;
}

/** How to repair a webhook that the API server can't reach; undefined if that is not the problem. */
export function webhookFix(message: string): string | undefined {
  if (!message.includes("failed calling webhook")) return undefined;
  return "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations   (repair the service of the webhook, which does not answer; then run the command again)";
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
