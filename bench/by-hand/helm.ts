import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { stateDir } from "../../cli/pulumi/paths.ts";
import { answers } from "./kubectl.ts";

const exec = promisify(execFile);

/** The Helm that the Kubernetes provider has in it is of this minor version. */
const helmModule = "helm.sh/helm/v3/cmd/helm@v3.18.6";

/** Helm's command line: the machine's, else one built once where Go is there. */
export async function findHelm(): Promise<{ command: string } | { missing: string }> {
  if (await answers("helm", ["version", "--short"])) return { command: "helm" };
  const folder = join(stateDir, "helm");
  const command = join(folder, "helm");
  if (existsSync(command)) return { command };
  if (!(await answers("go", ["version"]))) {
    return { missing: "there is no helm on the PATH, and no go to build one with" };
  }
  console.error(`… building ${helmModule} into .latency-lab/helm (once)`);
  mkdirSync(folder, { recursive: true });
  try {
    await exec("go", ["install", helmModule], { env: { ...process.env, GOBIN: folder } });
    return { command };
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    return { missing: `helm could not be built (${stderr.trim().split("\n").at(-1)})` };
  }
}
