// Turns every failure into what, why and fix.

import { answerOf, webhookFix } from "../../stack/cluster/refusal.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { pulumiProblem } from "./backend.ts";
import { type Command, errorLines, indented, type RunFailure } from "./run-failures.ts";

/** The run that failed, and how to continue it. */
interface Context {
  readonly plan: Plan;
  readonly command: Command;
  readonly fix: string;
}

/**
 * Explains a failure by its source: the failed resource and its provider, the status code of a
 * response, or Pulumi itself. An unknown failure is shown with its full original text.
 */
export function explainFailure(
  error: Error,
  failures: readonly RunFailure[],
  plan: Plan,
  command: Command = "up",
): readonly Problem[] {
  if (error instanceof UserError) return error.problems;
  const context = { plan, command, fix: `npm run ${command}   (continues where it stopped)` };
  if (failures.length > 0) return withoutRepeated(failures.map((one) => problemOf(one, context)));
  const message = errorLines(error.message).join("\n");
  return [answerProblem(error, context) ?? problemOf({ type: "", name: "", message }, context)];
}

function problemOf(failure: RunFailure, context: Context): Problem {
  const { type, name, message } = failure;
  const known =
    dockerProblem(failure, context) ??
    kubernetesProblem(failure, context) ??
    pulumiProblem(message, context.plan.stack);
  if (known) return known;
  const what = type === "" ? "the run failed" : `${type.split(":").at(-1)} ${name} failed`;
  return { what, why: indented(message), fix: context.fix };
}

/** Reports each reason once: several resources often fail for the same reason. */
function withoutRepeated(problems: readonly Problem[]): Problem[] {
  const byReason = Map.groupBy(problems, ({ why, fix }) => `${why}\n${fix}`);
  return [...byReason.values()].map(([first, ...others]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return { ...(first as Problem), what: `${first?.what}${more}` };
  });
}

/** Explains an error of the Docker engine, or of a registry that it uses. */
function dockerProblem({ type, name, message }: RunFailure, context: Context): Problem | undefined {
  const { fix } = context;
  const why = indented(message);
  if (type === "docker:index/image:Image") {
    const what = "the image of the delayed server was not built and pushed";
    return limitProblem(message) ?? imageProblem(message, why, context.plan) ?? { what, why, fix };
  }
  // The engine pulls the local cluster's images.
  if (type === "docker:index/remoteImage:RemoteImage") return limitProblem(message);
  if (type !== "docker:index/container:Container") return undefined;
  // Messages of the engine, and of its proxy for ports.
  const taken =
    /(?:Bind for \S*:(\d+) failed: port is already allocated|\S*:(\d+)\S*: (?:bind: )?address already in use)/;
  const [, ofContainer, port = ofContainer] = taken.exec(message) ?? [];
  if (port === undefined) return { what: `container ${name} failed`, why, fix };
  return {
    what: `port ${port} is in use on this machine`,
    why: ofContainer ? "another container publishes it" : why,
    fix: "npm run up   (shows what uses it, and a free port)",
  };
}

function imageProblem(message: string, why: string, { settings }: Plan): Problem | undefined {
  const { registry, nodeImage, baseImage } = settings;
  const host = registry?.split("/")[0] ?? "REGISTRY";
  if (/server gave HTTP response to HTTPS client/.test(message)) {
    return {
      what: `registry = "${registry}" uses HTTP, but the Docker engine expects HTTPS`,
      why: "the engine pushes without TLS only to registries in its insecure-registries",
      fix: `add "insecure-registries": ["${host}"] to the engine's daemon.json`,
    };
  }
  if (/failed to resolve source metadata|pull access denied|manifest unknown/.test(message)) {
    return {
      what: "a base image of the server's image can't be pulled",
      why,
      fix: `check that the engine can pull it: docker pull ${nodeImage}   (settings nodeImage, baseImage = ${baseImage}, imageMirror)`,
    };
  }
  const refused = /unauthorized|denied|no basic auth credentials|authentication required/i;
  if (registry === undefined || !refused.test(message)) return undefined;
  return {
    what: `registry = "${registry}" refuses the push`,
    why,
    fix: `docker login ${host}   (or: npm run up -- --config registryUsername=USER, and npm run secret -- registryPassword)`,
  };
}

/** A registry's rate limit, by its error code (https://distribution.github.io/distribution/spec/api/#errors-2). */
export function isPullLimit(message: string): boolean {
  return /toomanyrequests|429 Too Many Requests/.test(message);
}

function limitProblem(message: string): Problem | undefined {
  if (!isPullLimit(message)) return undefined;
  return {
    what: "a registry's pull limit is reached",
    why: indented(message),
    fix: "docker login, or wait, or set imageMirror (registryMirrors for a local cluster)",
  };
}

/** Explains an error of the API server or of Helm from the provider's text: the provider passes on no codes. */
function kubernetesProblem({ type, name, message }: RunFailure, context: Context): Problem | undefined {
  if (!/^(kubernetes:|pulumi:providers:kubernetes$)/.test(type)) return undefined;
  // Without the provider's advice to drop the state of an unreachable cluster, which would leave its objects behind.
  const answer = message
    .replaceAll(/[^.\n]*(PULUMI_K8S_DELETE_UNREACHABLE|edit the pulumi state).*$/gm, "")
    .replace(/^error: /, "");
  const { plan, command, fix } = context;
  const kind = type.split(":").at(-1);
  const object = kind === "Release" ? `the Helm release ${plan.names.release}` : `${kind} ${name}`;
  const what = `${object} was not ${command === "up" ? "created" : "deleted"}`;
  const why = indented(answer);
  // Error messages of Kubernetes' client (k8s.io/apimachinery, api/errors).
  if (/\bUnauthorized\b|the server has asked for the client to provide credentials/.test(answer))
    return refusal(401, why, what, context);
  if (/\bis forbidden: |\bdenied the request/.test(answer)) return refusal(403, why, what, context);
  if (answer.includes("unable to retrieve the complete list of server APIs")) {
    const repair = "kubectl get apiservices   (repair or delete those that are not available";
    return { what, why, fix: `${repair}; then npm run ${command})` };
  }
  if (!/\w+ "[^"]+" in namespace "[^"]*" exists and cannot be imported/.test(answer))
    return { what, why, fix: webhookFix(answer) ?? fix };
  return {
    what: `${what}: an object of the same name already exists and does not belong to this stack`,
    why,
    fix: `npm run up -- --config name=${plan.names.instance}-2   (renames all objects of this stack)`,
  };
}

/** Explains the API server's response to a request of the command itself, by its status code. */
function answerProblem(error: Error, context: Context): Problem | undefined {
  const { code, body } = error as Error & { code?: unknown; body?: unknown };
  if (typeof code !== "number" || body === undefined) return undefined;
  const why = answerOf({ body, message: error.message });
  return refusal(code, why, `the cluster returned ${code}`, context);
}

function refusal(code: number, why: string, failed: string, { plan, command, fix }: Context): Problem {
  const { settings } = plan;
  if (code === 401) {
    const context = settings.cluster === "existing" ? `context = "${settings.context}": ` : "";
    return {
      what: `${context}the login has expired or is refused (401)`,
      why,
      fix: `log in to the cluster again; when kubectl get nodes works: npm run ${command}`,
    };
  }
  if (code !== 403) return { what: failed, why, fix: webhookFix(why) ?? fix };
  if (why.includes("exceeded quota")) {
    return {
      what: `${failed}: a quota of the cluster does not allow it`,
      why,
      fix: `kubectl describe quota --all-namespaces   (raise it; then npm run ${command})`,
    };
  }
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
