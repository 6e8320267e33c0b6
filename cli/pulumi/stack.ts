import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Deployment, LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { sharedLogin, withSharedLogin } from "../../stack/cluster/exec-plugin.ts";
import { serverOf } from "../../stack/cluster/kubeconfig.ts";
import { localKubeconfig } from "../../stack/cluster/local-node.ts";
import { refusals } from "../../stack/cluster/refusal.ts";
import { quoted, UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import {
  type Backend,
  backendEnvironment,
  backendProblem,
  chosenBackend,
  lockProblem,
  openProblem,
} from "./backend.ts";
import { heldLock, isAlive } from "./lock.ts";
import { ensureStateDir, root, stateDir } from "./paths.ts";
import { findPulumi, pulumiPath } from "./pulumi-cli.ts";
import { type State, secretOf, secretValue } from "./state.ts";

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
  const backend = chosenBackend();
  const workspace = await openWorkspace(name, backend);
  // The program and the engine's events already provide outputs and a summary, and each of the CLI
  // calls with which the SDK reads them after a run takes 0.2 s.
  const found = (stack: Stack, state: Deployment) => ({
    stack: Object.assign(stack, { outputs: async () => ({}), info: async () => undefined }),
    name,
    backend,
    state,
  });
  const make = async () => {
    const stack = await Stack.create(name, workspace).catch(({ message }: Error) => {
      throw new UserError(backendProblem(message, backend, name), "readiness");
    });
    return found(stack, { version: 3, deployment: {} });
  };
  try {
    // In parallel, because every start of the Pulumi CLI takes 0.2 s.
    const [stack, state] = await Promise.all([Stack.select(name, workspace), workspace.exportStack(name)]);
    return { opened: found(stack, state), make };
  } catch (error) {
    const problem = openProblem((error as Error).message, backend, name);
    if (problem) throw new UserError(problem, "readiness");
    return { opened: undefined, make };
  }
}

async function openWorkspace(name: string, { folder }: Backend): Promise<LocalWorkspace> {
  const lock = heldLock(folder, name);
  if (lock) {
    const since = lock.timestamp ? `, since ${new Date(lock.timestamp).toLocaleTimeString()}` : "";
    const holder = `process ${lock.pid} of ${lock.username ?? "someone"} on ${lock.hostname}`;
    const why = `${holder} holds Pulumi's lock${since}; nothing was changed`;
    throw new UserError(lockProblem(why, name), "readiness");
  }
  const pulumiCommand = await findPulumi();
  const env = backendEnvironment();
  writeEnvironmentFile(env);
  return LocalWorkspace.create({
    workDir: root,
    pulumiCommand,
    envVars: { ...env, ...temporaryFolder(), PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
}

/**
 * The environment with a folder for the temporary files of Pulumi and its plugins. It is removed when
 * this process ends, or by the next run if this one is killed: the Kubernetes plugin leaves
 * credentials of the cluster in its temporary files.
 */
function temporaryFolder(): Record<string, string> {
  const remove = (name: string) => rmSync(join(stateDir, name), { recursive: true, force: true });
  const own = `tmp-${process.pid}`;
  for (const name of readdirSync(ensureStateDir())) {
    if (name === own || (name.startsWith("tmp-") && !isAlive(Number.parseInt(name.slice(4), 10))))
      remove(name);
  }
  const folder = join(stateDir, own);
  mkdirSync(folder, { mode: 0o700 });
  process.on("exit", () => remove(own));
  return { TMPDIR: folder, TMP: folder, TEMP: folder };
}

/** Writes a file to source in a shell, so that plain `pulumi` works on the stack. */
function writeEnvironmentFile(env: Readonly<Record<string, string>>): void {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  // Node and Pulumi, if they were installed for the project.
  const own = [process.execPath, pulumiPath() ?? ""].filter((path) => path.startsWith(stateDir)).map(dirname);
  if (own.length > 0) lines.push(`export PATH=${quoted(own.join(":"))}:"$PATH"\n`);
  writeFileSync(join(stateDir, "env"), lines.join(""), { mode: 0o600 });
}

/** The kubeconfig of the stack's cluster: the existing one's, or the local node's; undefined if there is none yet. */
export async function kubeconfigOf(
  { settings, ports, names }: Plan,
  { node }: State,
  existing: string | undefined,
): Promise<string | undefined> {
  if (settings.cluster === "existing") return existing;
  return node?.id && localKubeconfig(node.id, ports.apiPort, names.instance);
}

/** Passes this command's login to Pulumi's provider and its Helm. */
export async function handOverLogin({ stack }: OpenStack, kubeconfig: string): Promise<void> {
  const { workspace } = stack;
  workspace.envVars = { ...workspace.envVars, ...(await sharedLogin(kubeconfig)) };
}

/**
 * Writes the settings' kubeconfig into the state. `pulumi destroy` runs no program and would use
 * the kubeconfig of the last `up`, whose login may have expired.
 */
export async function handOverKubeconfig(
  { stack }: OpenStack,
  state: State,
  current: string,
  plan: Plan,
): Promise<void> {
  const provider = state.find("pulumi:providers:kubernetes", "existing-kubernetes");
  const kept = secretValue(provider?.inputs?.kubeconfig);
  if (provider === undefined || kept === withSharedLogin(current)) return;
  const hasNamespace = state.find("kubernetes:core/v1:Namespace") !== undefined;
  if (hasNamespace && typeof kept === "string") await refuseOtherCluster(kept, current, plan);
  const { urn, inputs, outputs } = provider;
  const kubeconfig = secretOf(withSharedLogin(current));
  const changes = { inputs: { ...inputs, kubeconfig }, outputs: { ...outputs, kubeconfig } };
  await stack.importStack(state.changed(urn, changes).deployment);
}

/** In another cluster, Pulumi would find no objects, and would drop the stack without deleting anything. */
async function refuseOtherCluster(kept: string, current: string, plan: Plan): Promise<void> {
  if (serverOf(kept) === serverOf(current)) return;
  const { ClusterClient } = await import("../../stack/cluster/client.ts");
  const { settings, stack, names } = plan;
  const api = new ClusterClient(current).core;
  await api.readNamespace({ name: names.serverNamespace }).catch((error: { code?: number }) => {
    const other = {
      what: `context = "${settings.context}" is not the cluster of the stack ${stack}`,
      why: `the stack is at ${serverOf(kept)}; ${serverOf(current)} has no namespace ${names.serverNamespace}`,
      fix: `set kubeconfig and context in Pulumi.${stack}.yaml to the stack's cluster`,
    };
    throw new UserError(error.code === 404 ? other : refusals(error, current), "readiness");
  });
}
