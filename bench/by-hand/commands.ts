import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findHelm } from "./helm.ts";

const exec = promisify(execFile);

/** The command lines somebody without Pulumi would use, on one cluster. */
export interface Commands {
  docker(...args: string[]): Promise<string>;
  kubectl(...args: string[]): Promise<string>;
  helm(...args: string[]): Promise<string>;
}

export async function commandsOn(kubeconfig: string, buildKit: boolean): Promise<Commands> {
  const helm = await findHelm();
  const env = { ...process.env, KUBECONFIG: kubeconfig, DOCKER_BUILDKIT: buildKit ? "1" : "0" };
  const run =
    (command: string) =>
    async (...args: string[]): Promise<string> => {
      const { stdout } = await exec(command, args, { env, maxBuffer: 1 << 26 });
      return stdout.trim();
    };
  return {
    docker: run("docker"),
    kubectl: run("kubectl"),
    helm: run("command" in helm ? helm.command : "helm"),
  };
}
