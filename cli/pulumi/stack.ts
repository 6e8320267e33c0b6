import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Deployment, LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { localKubeconfig } from "../../stack/cluster/local-kubeconfig.ts";
import { quoted, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { backendProblem, inOtherBackend, isUnknownStack, lockProblem } from "../failure/backend.ts";
import { type Backend, findBackend, isInOwnBackend } from "./backend.ts";
import { findPulumi, pulumiPath } from "./install.ts";
import { heldLock } from "./lock.ts";
import { root, stateDir, temporaryFolder } from "./paths.ts";

/** An open stack, the same as plain `pulumi` uses. */
export interface OpenStack {
  readonly stack: Stack;
  readonly name: string;
  readonly backend: Backend;
  /** Its state when it was opened. */
  readonly state: Deployment;
}

/** The result of looking for a stack: the open stack, if it exists, or a way to create it. */
export interface FoundStack {
  readonly opened: OpenStack | undefined;
  make(): Promise<OpenStack>;
}

/** Looks for a stack and opens it if it exists. Creates nothing. */
export async function findStack(name: string): Promise<FoundStack> {
  const backend = findBackend();
  const workspace = await openWorkspace(name, backend);
  // The program and the engine's events already provide outputs and a summary, and each of the CLI
  // calls with which the SDK reads them after a run takes 0.2 s.
  const found = (stack: Stack, state: Deployment) => ({
    stack: Object.assign(stack, { outputs: async () => ({}), info: async () => undefined }),
    name,
    backend,
    state,
  });
  const refused = ({ message }: Error) => new UserError(backendProblem(message, backend, name), "readiness");
  const make = async () =>
    found(
      await Stack.create(name, workspace).catch((error) => {
        throw refused(error);
      }),
      { version: 3, deployment: {} },
    );
  try {
    // In parallel, because every start of the Pulumi CLI takes 0.2 s.
    const [stack, state] = await Promise.all([Stack.select(name, workspace), workspace.exportStack(name)]);
    return { opened: found(stack, state), make };
  } catch (error) {
    if (!isUnknownStack((error as Error).message)) throw refused(error as Error);
    if (backend.chosen && isInOwnBackend(name))
      throw new UserError(inOtherBackend(backend, name), "readiness");
    return { opened: undefined, make };
  }
}

async function openWorkspace(name: string, { folder, env }: Backend): Promise<LocalWorkspace> {
  const lock = heldLock(folder, name.split("/").at(-1) as string);
  if (lock) {
    const since = lock.timestamp ? `, since ${new Date(lock.timestamp).toLocaleTimeString()}` : "";
    const holder = `process ${lock.pid} of ${lock.username ?? "someone"} on ${lock.hostname}`;
    const why = `${holder} holds Pulumi's lock${since}; nothing was changed`;
    throw new UserError(lockProblem(why, name), "readiness");
  }
  const pulumiCommand = await findPulumi();
  writeEnvironmentFile(env);
  return LocalWorkspace.create({
    workDir: root,
    pulumiCommand,
    envVars: { ...env, ...temporaryFolder(), PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
}

/** Writes a file to source in a shell, so that plain `pulumi` works on the stack. */
function writeEnvironmentFile(env: Backend["env"]): void {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  // Set if Node was installed because the user's own can't run the program.
  const node = process.execPath.startsWith(stateDir) ? dirname(process.execPath) : undefined;
  const folders = [node, pulumiPath().folder].filter((folder) => folder !== undefined);
  if (folders.length > 0) lines.push(`export PATH=${quoted(folders.join(":"))}:"$PATH"\n`);
  writeFileSync(join(stateDir, "env"), lines.join(""), { mode: 0o600 });
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
