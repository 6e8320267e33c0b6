import { type Deployment, LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { localKubeconfig } from "../../stack/cluster/local-kubeconfig.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { type Backend, findBackend, isInOwnBackend } from "./backend.ts";
import { backendProblem, inOtherBackend, isUnknownStack, lockProblem } from "./backend-problem.ts";
import { writeEnvironmentFile } from "./environment-file.ts";
import { findPulumi, type PulumiCli } from "./install.ts";
import { heldLock } from "./lock.ts";
import { root } from "./paths.ts";
import { temporaryFolder } from "./temporary.ts";

/** An open stack, the same as plain `pulumi` uses. */
export interface OpenStack {
  readonly stack: Stack;
  readonly name: string;
  readonly backend: Backend;
  readonly cli: PulumiCli;
  /** Its state when it was opened. */
  readonly state: Deployment;
}

/** The result of looking for a stack: the open stack, or a way to create it. */
export interface FoundStack {
  readonly opened: OpenStack | undefined;
  make(): Promise<OpenStack>;
}

/** Opens a stack; undefined if it does not exist. */
export async function openExistingStack(name: string): Promise<OpenStack | undefined> {
  return (await findStack(name)).opened;
}

/** Looks for a stack and opens it if it exists. Creates nothing. */
export async function findStack(name: string): Promise<FoundStack> {
  const { backend, cli, workspace } = await openWorkspace(name);
  const found = (stack: Stack, state: Deployment) => ({
    stack: withoutQueries(stack),
    name,
    backend,
    cli,
    state,
  });
  const make = async () => {
    try {
      return found(await Stack.create(name, workspace), { version: 3, deployment: {} });
    } catch (error) {
      throw new UserError(backendProblem((error as Error).message, backend, name), "readiness");
    }
  };
  try {
    // In parallel, because every start of the Pulumi CLI takes 0.2 s.
    const [stack, state] = await Promise.all([Stack.select(name, workspace), workspace.exportStack(name)]);
    return { opened: found(stack, state), make };
  } catch (error) {
    const { message } = error as Error;
    if (!isUnknownStack(message)) throw new UserError(backendProblem(message, backend, name), "readiness");
    if (backend.chosen && isInOwnBackend(name))
      throw new UserError(inOtherBackend(backend, name), "readiness");
    return { opened: undefined, make };
  }
}

async function openWorkspace(
  name: string,
): Promise<{ backend: Backend; cli: PulumiCli; workspace: LocalWorkspace }> {
  const backend = findBackend();
  const short = name.split("/").at(-1) as string;
  const lock = heldLock(backend.folder, "latency-lab", short);
  if (lock) throw new UserError(lockProblem(lock, name), "readiness");
  const cli = await findPulumi();
  writeEnvironmentFile(backend, cli.folder);
  const workspace = await LocalWorkspace.create({
    workDir: root,
    pulumiCommand: cli.command,
    envVars: { ...backend.env, ...temporaryFolder(), PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return { backend, cli, workspace };
}

/**
 * Skips the three CLI calls with which the SDK reads outputs and a summary after every run: the
 * program and the engine's events already provide them, and the calls take most of a second.
 */
function withoutQueries(stack: Stack): Stack {
  return Object.assign(stack, { outputs: async () => ({}), info: async () => undefined });
}

/** The kubeconfig of the stack's cluster: the existing one's, or the local node's; undefined if there is none yet. */
export async function kubeconfigOf(
  { settings, ports, names }: Plan,
  existing: string | undefined,
  node: string | undefined,
): Promise<string | undefined> {
  if (settings.cluster === "existing") return existing;
  return node === undefined ? undefined : localKubeconfig(node, ports.apiPort, names.instance);
}
