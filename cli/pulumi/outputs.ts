import { currentKubeconfig } from "../../stack/cluster/kubeconfig.ts";
import { type Problem, UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import { planOf } from "../options.ts";
import { type Backend, chosenBackend, isInOwnBackend, openProblem, shownUrl } from "./backend.ts";
import { type Failure, pulumi, pulumiPath } from "./pulumi-cli.ts";

/** The stack's outputs as plain values, secrets included. */
export type OutputValues = Readonly<Record<Exclude<keyof Outputs, "namespaces">, string>> & {
  readonly namespaces: { readonly server: string; readonly monitoring: string };
};

/** Reads the stack's outputs. Throws if it is not up. */
export async function outputsOf(stack: string): Promise<OutputValues> {
  const backend = chosenBackend();
  // For the project's own backend, the files are enough, even if they are read-only.
  if (!backend.chosen && !isInOwnBackend(stack)) throw notUp(stack, backend);
  const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
  const shown = await pulumi(args).catch((error: Failure) => {
    const problem = error.code !== "ENOENT" && openProblem(saidBy(error), backend, stack);
    throw problem ? new UserError(problem) : notUp(stack, backend);
  });
  const outputs = JSON.parse(shown) as Partial<OutputValues>;
  const { grafanaUrl, kubeconfig = "" } = outputs;
  if (grafanaUrl === undefined)
    throw notUp(stack, backend, "it has no outputs: no `up` has finished since the last `down`");
  return { ...outputs, kubeconfig: currentKubeconfig(kubeconfig, planOf(stack)) } as OutputValues;
}

/** Why Pulumi can't open or create a stack; undefined if it can. Creates nothing. */
export async function stackProblem(stack: string): Promise<Problem | undefined> {
  const backend = chosenBackend();
  if (!pulumiPath() || (!backend.chosen && !isInOwnBackend(stack))) return undefined;
  return pulumi(["stack", "--stack", stack]).then(
    () => undefined,
    (error: Failure) => openProblem(saidBy(error), backend, stack),
  );
}

function saidBy({ stderr = "", message }: Failure): string {
  return stderr.trim() || message;
}

function notUp(stack: string, { chosen, url }: Backend, reason?: string): UserError {
  const where = chosen ? ` in ${shownUrl(url)}, which is used because ${chosen.by}` : "";
  return new UserError({
    what: `the stack ${stack} is not up`,
    why: reason ?? `there is no stack of that name${where}`,
    fix: "npm run up",
  });
}
