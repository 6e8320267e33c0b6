import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "../../stack/errors.ts";
import type { Outputs } from "../../stack/outputs.ts";
import { findBackend } from "./backend.ts";
import { pulumiPath } from "./install.ts";
import { root } from "./paths.ts";

const exec = promisify(execFile);

/** The stack's outputs as plain values, secrets included. */
export type OutputValues = Readonly<Record<Exclude<keyof Outputs, "namespaces">, string>> & {
  readonly namespaces: { readonly server: string; readonly monitoring: string };
};

/**
 * Reads what a stack exported; an error for the user when it is not up. Asks
 * the command line directly: loading Pulumi's SDK would take as long again.
 */
export async function outputsOf(stack: string): Promise<OutputValues> {
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  let outputs: Partial<OutputValues>;
  try {
    const { stdout } = await exec(pulumiPath().command, args, {
      cwd: root,
      env: { ...process.env, ...findBackend().env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      maxBuffer: 1 << 26,
    });
    outputs = JSON.parse(stdout) as Partial<OutputValues>;
  } catch (error) {
    throw new UserError(notReadable(stack, error as Error & { stderr?: string; code?: string | number }));
  }
  if (outputs.grafanaUrl === undefined) {
    throw new UserError({
      what: `the stack ${stack} is not up`,
      why: "it has no outputs: an `up` never ended, or a `down` did",
      fix: upCommand(stack),
    });
  }
  return outputs as OutputValues;
}

function notReadable(
  stack: string,
  { stderr, message, code }: Error & { stderr?: string; code?: string | number },
) {
  const said = (stderr?.trim() ? stderr : message).trim().replace(/^error: /, "");
  const none = code === "ENOENT" || /no stack named|not found/i.test(said);
  return {
    what: none ? `the stack ${stack} is not up` : `the outputs of the stack ${stack} can't be read`,
    why: none ? "there is no stack of that name" : (said.split("\n")[0] ?? ""),
    fix: upCommand(stack),
  };
}

function upCommand(stack: string): string {
  return stack === "dev" ? "npm run up" : `npm run up -- --stack ${stack}`;
}
