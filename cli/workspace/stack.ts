import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { type Backend, findBackend } from "./backend.ts";
import { root } from "./paths.ts";
import { findPulumi, type PulumiCli } from "./pulumi-cli.ts";

/** A stack, opened: the same one that plain `pulumi` works on. */
export interface OpenStack {
  readonly stack: Stack;
  readonly name: string;
  readonly backend: Backend;
  readonly cli: PulumiCli;
}

/** Opens a stack, and makes it when it is not there. */
export async function openStack(name: string, program?: PulumiFn): Promise<OpenStack> {
  return open(name, (workspace) => Stack.createOrSelect(name, workspace), program);
}

/** Opens a stack that must be there; undefined when it is not. */
export async function openExistingStack(name: string): Promise<OpenStack | undefined> {
  try {
    return await open(name, (workspace) => Stack.select(name, workspace));
  } catch (error) {
    if (/no stack named|not found/i.test((error as Error).message)) return undefined;
    throw error;
  }
}

async function open(
  name: string,
  select: (workspace: LocalWorkspace) => Promise<Stack>,
  program?: PulumiFn,
): Promise<OpenStack> {
  const backend = findBackend();
  const cli = await findPulumi();
  const workspace = await LocalWorkspace.create({
    workDir: root,
    pulumiCommand: cli.command,
    envVars: { ...backend.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    ...(program ? { program } : {}),
  });
  return { stack: await select(workspace), name, backend, cli };
}
