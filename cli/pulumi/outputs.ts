import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { currentKubeconfig } from "../../stack/cluster/current-kubeconfig.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import { planOf } from "../options.ts";
import { type Backend, chosenBackend, findBackend, isInOwnBackend, shownUrl } from "./backend.ts";
import { backendProblem, inOtherBackend, isUnknownStack } from "./backend-problem.ts";
import { hasPulumi, pulumiPath } from "./install.ts";
import { root } from "./paths.ts";

const exec = promisify(execFile);

/** The stack's outputs as plain values, secrets included. */
export type OutputValues = Readonly<Record<Exclude<keyof Outputs, "namespaces">, string>> & {
  readonly namespaces: { readonly server: string; readonly monitoring: string };
};

/**
 * Reads the stack's outputs. Throws if it is not up. Runs the Pulumi CLI directly, because loading
 * Pulumi's SDK would double the time.
 */
export async function outputsOf(stack: string): Promise<OutputValues> {
  // For the project's own backend, a look at the files is enough, even if they are read-only.
  if (!chosenBackend().chosen && !isInOwnBackend(stack)) throw new UserError(notUp(stack, chosenBackend()));
  const backend = findBackend();
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  let outputs: Partial<OutputValues>;
  try {
    const { stdout } = await pulumi(args, backend);
    outputs = JSON.parse(stdout) as Partial<OutputValues>;
  } catch (error) {
    throw new UserError(notReadable(stack, backend, error as Failure));
  }
  if (outputs.grafanaUrl === undefined) {
    throw new UserError({
      what: `the stack ${stack} is not up`,
      why: "it has no outputs: no `up` has finished since the last `down`",
      fix: upCommand(stack),
    });
  }
  const { kubeconfig = "" } = outputs;
  return { ...outputs, kubeconfig: currentKubeconfig(kubeconfig, planOf(stack)) } as OutputValues;
}

/** Why Pulumi can't open or create a stack; undefined if it can. Creates nothing. */
export async function stackProblem(stack: string): Promise<Problem | undefined> {
  const backend = chosenBackend();
  if (!hasPulumi() || (!backend.chosen && !isInOwnBackend(stack))) return undefined;
  try {
    await pulumi(["stack", "--stack", stack, "--non-interactive"], findBackend());
    return undefined;
  } catch (error) {
    const { stderr = "", message } = error as Failure;
    const text = stderr.trim() ? stderr : message;
    const found = { ...backend, env: {} };
    if (!isUnknownStack(text)) return backendProblem(text, found, stack);
    return backend.chosen && isInOwnBackend(stack) ? inOtherBackend(found, stack) : undefined;
  }
}

function pulumi(args: string[], { env }: Backend): Promise<{ stdout: string }> {
  return exec(pulumiPath().command, args, {
    cwd: root,
    env: { ...process.env, ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    maxBuffer: 1 << 26,
  });
}

type Failure = Error & { stderr?: string; code?: string | number };

function notReadable(stack: string, backend: Backend, { stderr, message, code }: Failure): Problem {
  const text = stderr?.trim() ? stderr : message;
  if (code !== "ENOENT" && !isUnknownStack(text)) return backendProblem(text, backend, stack);
  if (backend.chosen && isInOwnBackend(stack)) return inOtherBackend(backend, stack);
  return notUp(stack, backend);
}

function notUp(stack: string, { chosen, url }: Pick<Backend, "chosen" | "url">): Problem {
  const where = chosen ? ` in ${shownUrl(url)}, which is used because ${chosen.by}` : "";
  return {
    what: `the stack ${stack} is not up`,
    why: `there is no stack of that name${where}`,
    fix: upCommand(stack),
  };
}

function upCommand(stack: string): string {
  return stack === "dev" ? "npm run up" : `npm run up -- --stack ${stack}`;
}
