import { answerOf } from "../../stack/cluster/refusal.ts";
import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { EngineFailure } from "./engine.ts";
import { type Command, indented } from "./text.ts";

/** Explains an error of the API server or of Helm from the provider's text: the provider passes on no codes. */
export function kubernetesProblem(
  { type, name, message }: EngineFailure,
  plan: Plan,
  command: Command,
  fix: string,
): Problem | undefined {
  if (!/^(kubernetes:|pulumi:providers:kubernetes$)/.test(type)) return undefined;
  // Without the provider's advice to drop the state of an unreachable cluster, which would leave its objects behind.
  const answer = message
    .replaceAll(/^.*(PULUMI_K8S_DELETE_UNREACHABLE|edit the pulumi state).*$/gm, "")
    .replace(/^error: /, "");
  const kind = type.split(":").at(-1);
  const object = kind === "Release" ? `the Helm release ${plan.names.release}` : `${kind} ${name}`;
  const what = `${object} was not ${command === "up" ? "created" : "deleted"}`;
  const why = indented(answer);
  // The sentences of Kubernetes' client (k8s.io/apimachinery, api/errors).
  if (/\bUnauthorized\b|the server has asked for the client to provide credentials/.test(answer))
    return refusal(401, why, what, plan, command, fix);
  if (/\bis forbidden: |\bdenied the request/.test(answer))
    return refusal(403, why, what, plan, command, fix);
  if (!/\w+ "[^"]+" in namespace "[^"]*" exists and cannot be imported/.test(answer))
    return { what, why, fix };
  return {
    what: `${what}: an object of the same name already exists and does not belong to this stack`,
    why,
    fix: `npm run up -- --config name=${plan.names.instance}-2   (renames all objects of this stack)`,
  };
}

/** Explains the API server's response to a request of the command itself, by its status code. */
export function answerProblem(error: Error, plan: Plan, command: Command, fix: string): Problem | undefined {
  const { code, body } = error as Error & { code?: unknown; body?: unknown };
  if (typeof code !== "number" || body === undefined) return undefined;
  return refusal(
    code,
    answerOf({ body, message: error.message }),
    `the cluster answered ${code}`,
    plan,
    command,
    fix,
  );
}

function refusal(
  code: number,
  why: string,
  failed: string,
  { settings }: Plan,
  command: Command,
  fix: string,
): Problem {
  if (code === 401) {
    const context = settings.cluster === "existing" ? `context = "${settings.context}": ` : "";
    return {
      what: `${context}the login has expired or is refused (401)`,
      why,
      fix: `log in to the cluster again; when kubectl get nodes works: npm run ${command}`,
    };
  }
  if (code !== 403) return { what: failed, why, fix };
  const isRbac = /cannot \w+ resource "|attempting to grant RBAC permissions/.test(why);
  return isRbac
    ? {
        what: `${failed}: this user lacks a right (403)`,
        why,
        fix: `ask the cluster's administrator for it; then npm run ${command}`,
      }
    : {
        what: `${failed}: a policy of the cluster denies it`,
        why,
        fix: "change the settings that the policy requires: labels, annotations, resources, nodeAccess   (npm run config lists them)",
      };
}
