import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { currentKubeconfig } from "../../stack/cluster/kubeconfig.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import { planOf } from "../options.ts";
import {
  type Backend,
  backendProblem,
  chosenBackend,
  findBackend,
  inOtherBackend,
  isInOwnBackend,
  isUnknownStack,
  shownUrl,
} from "./backend.ts";
import { hasPulumi, pulumiPath } from "./cli.ts";
import { root } from "./paths.ts";

/** The stack's outputs as plain values, secrets included. */
export type OutputValues = Readonly<Record<Exclude<keyof Outputs, "namespaces">, string>> & {
  readonly namespaces: { readonly server: string; readonly monitoring: string };
};

/** Reads the stack's outputs. Throws if it is not up. */
export async function outputsOf(stack: string): Promise<OutputValues> {
  const backend = chosenBackend();
  // For the project's own backend, a look at the files is enough, even if they are read-only.
  if (!backend.chosen && !isInOwnBackend(stack)) throw notUp(stack, backend);
  const shown = await pulumi("stack", "output", "--json", "--show-secrets", "--stack", stack);
  if (shown instanceof Error) {
    const problem = shown.code !== "ENOENT" && problemOf(shown, backend, stack);
    throw problem ? new UserError(problem) : notUp(stack, backend);
  }
  const outputs = JSON.parse(shown) as Partial<OutputValues>;
  const { grafanaUrl, kubeconfig = "" } = outputs;
  if (grafanaUrl === undefined)
    throw notUp(stack, backend, "it has no outputs: no `up` has finished since the last `down`");
  return { ...outputs, kubeconfig: currentKubeconfig(kubeconfig, planOf(stack)) } as OutputValues;
}

/** Why Pulumi can't open or create a stack; undefined if it can. Creates nothing. */
export async function stackProblem(stack: string): Promise<Problem | undefined> {
  const backend = chosenBackend();
  if (!hasPulumi() || (!backend.chosen && !isInOwnBackend(stack))) return undefined;
  const shown = await pulumi("stack", "--stack", stack);
  return shown instanceof Error ? problemOf(shown, backend, stack) : undefined;
}

type Failure = Error & { stderr?: string; code?: string | number };

/** Runs the Pulumi CLI directly, because loading Pulumi's SDK would double the time. */
async function pulumi(...args: string[]): Promise<string | Failure> {
  const env = { ...process.env, ...findBackend().env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const options = { cwd: root, env, maxBuffer: 1 << 26 };
  const run = promisify(execFile)(pulumiPath().command, [...args, "--non-interactive"], options);
  return run.then(
    ({ stdout }) => stdout,
    (error: Failure) => error,
  );
}

/** Undefined if there is no such stack. */
function problemOf(
  { stderr = "", message }: Failure,
  backend: Omit<Backend, "env">,
  stack: string,
): Problem | undefined {
  const text = stderr.trim() || message;
  if (!isUnknownStack(text)) return backendProblem(text, backend, stack);
  return backend.chosen && isInOwnBackend(stack) ? inOtherBackend(backend, stack) : undefined;
}

function notUp(stack: string, { chosen, url }: Omit<Backend, "env">, reason?: string): UserError {
  const where = chosen ? ` in ${shownUrl(url)}, which is used because ${chosen.by}` : "";
  return new UserError({
    what: `the stack ${stack} is not up`,
    why: reason ?? `there is no stack of that name${where}`,
    fix: "npm run up",
  });
}
