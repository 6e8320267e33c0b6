import { parse } from "yaml";
import { firstLineOf, type Problem, quoted, setCommand, UserError } from "../errors.ts";
import { proxyFor } from "../proxy.ts";

/** A failed request, as thrown by `fetch` and the client library. */
interface Failure extends Error {
  readonly code?: number | string;
  readonly body?: unknown;
  readonly cause?: Failure;
}

const unknownAuthority =
  /^((DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)|CERT_SIGNATURE_FAILURE)$/;

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
  const isAnswered = typeof failure.code === "number";
  const again = "log in to the cluster again";
  const check = `kubectl --context ${quoted(context)} get nodes   (checks it)`;
  const another = `${setCommand("context", "NAME")}   (kubectl config get-contexts lists the names)`;
  const causes: [is: boolean, what: string, fix: string][] = [
    [failure.code === 401, `the login of ${user} has expired or is refused (401)`, `${again}; ${check}`],
    [
      failure.code === 403,
      `the cluster refuses this user (403): ${user} lacks a right`,
      `ask the cluster's administrator for it, or ${another}`,
    ],
    [
      isAnswered,
      `the cluster returned ${failure.code}`,
      `wait until its API server is healthy, and run the command again; ${check}`,
    ],
    [
      /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(code),
      "the cluster's certificate is not valid at this time",
      "renew it (k3s: restart its service; kubeadm: kubeadm certs renew all), or set the clock of this machine",
    ],
    [
      unknownAuthority.test(code),
      "the cluster's certificate is not signed by the authority in the kubeconfig",
      `${again} if it was recreated; ${check}`,
    ],
    [
      code.startsWith("ERR_OSSL_"),
      "a certificate or key in the kubeconfig can't be used",
      `${again} to rewrite it; ${check}`,
    ],
    [
      code === "ERR_TLS_CERT_ALTNAME_INVALID",
      "the cluster's certificate is for another name",
      `kubectl config set-cluster ${quoted(name)} --tls-server-name=NAME`,
    ],
  ];
  const [, what, fix] = causes.find(([is]) => is) ?? [
    true,
    "the cluster does not answer",
    `start the cluster, or ${another}`,
  ];
  const said = isAnswered ? answerOf(failure) : firstLineOf(cause);
  const why = failure.code === 403 ? said : `${cluster.server}${through}: ${said}`;
  return [{ what: `context = "${context}": ${what}`, why, fix }];
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
