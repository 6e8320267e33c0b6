import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { EngineFailure } from "./engine.ts";
import { type Command, indented, runAgain } from "./text.ts";

/** Explains an error of the API server or of Helm from the provider's text: the provider passes on no codes. */
export function kubernetesProblem(
  { type, name, message }: EngineFailure,
  plan: Plan,
  command: Command,
): Problem | undefined {
  if (!/^(kubernetes:|pulumi:providers:kubernetes$)/.test(type)) return undefined;
  const answer = withoutAdvice(message);
  const kind = type.split(":").at(-1) ?? "";
  const failed = `${kind === "Release" ? `the Helm release ${plan.names.release}` : `${kind} ${name}`} was not ${command === "up" ? "created" : "deleted"}`;
  const code = codeOf(answer);
  if (code !== undefined) return refusal(code, indented(answer), failed, plan, command);
  const owner = /^(?:.*: )?(\w+ "[^"]+" in namespace "[^"]*" exists and cannot be imported)/m.exec(
    answer,
  )?.[1];
  if (owner !== undefined) {
    return {
      what: `${failed}: an object of the same name already exists and does not belong to this stack`,
      why: indented(answer),
      fix: `npm run up -- --config name=${plan.names.instance}-2   (renames all objects of this stack)`,
    };
  }
  return { what: failed, why: indented(answer), fix: runAgain(command) };
}

/** Explains the API server's response to a request of the command itself, by its status code. */
export function answerProblem(error: Error, plan: Plan, command: Command): Problem | undefined {
  const { code, body } = error as Error & { code?: unknown; body?: unknown };
  if (typeof code !== "number" || body === undefined) return undefined;
  return refusal(code, messageOf(body) ?? error.message, `the cluster answered ${code}`, plan, command);
}

function refusal(code: number, why: string, failed: string, { settings }: Plan, command: Command): Problem {
  const context = settings.cluster === "existing" ? `context = "${settings.context}": ` : "";
  if (code === 401) {
    return {
      what: `${context}the login has expired or is refused (401)`,
      why,
      fix: `log in to the cluster again; when kubectl get nodes works: npm run ${command}`,
    };
  }
  if (code === 403 && isPolicy(why)) {
    return {
      what: `${failed}: a policy of the cluster denies it`,
      why,
      fix: "change the settings that the policy requires: labels, annotations, resources, nodeAccess   (npm run config lists them)",
    };
  }
  if (code === 403) {
    return {
      what: `${failed}: this user lacks a right (403)`,
      why,
      fix: `ask the cluster's administrator for it; then npm run ${command}`,
    };
  }
  return { what: failed, why, fix: runAgain(command) };
}

/** The status code in the sentences of Kubernetes' client (k8s.io/apimachinery, api/errors). */
function codeOf(message: string): 401 | 403 | undefined {
  if (/\bUnauthorized\b|the server has asked for the client to provide credentials/.test(message)) return 401;
  if (/\bis forbidden: |\bdenied the request/.test(message)) return 403;
  return undefined;
}

/** Whether a policy denied the object, rather than RBAC the user. */
function isPolicy(message: string): boolean {
  return !/cannot \w+ resource "/.test(message) && !/attempting to grant RBAC permissions/.test(message);
}

/** Removes the provider's advice to drop the state of an unreachable cluster, which would leave its objects behind. */
function withoutAdvice(message: string): string {
  return message
    .split("\n")
    .filter((line) => !/PULUMI_K8S_DELETE_UNREACHABLE|edit the pulumi state/.test(line))
    .join("\n")
    .replace(/^error: /, "");
}

/** The message of a Status (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
function messageOf(body: unknown): string | undefined {
  try {
    const status = typeof body === "string" ? JSON.parse(body) : body;
    return typeof status?.message === "string" && status.message !== "" ? status.message : undefined;
  } catch {
    return undefined; // Not from an API server, but for example a load balancer's page.
  }
}
