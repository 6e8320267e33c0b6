// The programs that are measured: `node bench/programs.ts NAME ARGS`.
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Candidate } from "./measure.ts";

const programs: Record<string, (...args: string[]) => Promise<void>> = {
  /** latency-lab's program as `up` starts it. */
  async ours(replicas) {
    enableCompileCache(join(import.meta.dirname, "..", ".latency-lab", "compile-cache"));
    const { record } = await import("../test/recorded-program.ts");
    await record({ replicas });
  },

  /** Its floor: Pulumi's SDK and both provider SDKs, whose modules load on first use, without resources. */
  async empty() {
    await Promise.all([import("@pulumi/docker"), import("@pulumi/kubernetes")]);
    const pulumi = await import("@pulumi/pulumi");
    await pulumi.runtime.setMocks(
      { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
      "empty",
      "dev",
    );
    await pulumi.runtime.runInPulumiStack(async () => ({}));
    await pulumi.runtime.disconnect();
  },

  /** The floor of a run: a provider and one ConfigMap. The folder contains the kubeconfig and the state. */
  async floor(what, folder = ".") {
    const { ConfigMap } = await import("@pulumi/kubernetes/core/v1/configMap.js");
    const { Provider } = await import("@pulumi/kubernetes/provider.js");
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const kubeconfig = readFileSync(join(folder, "kubeconfig"), "utf8");
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        projectName: "latency-lab-floor",
        stackName: "floor",
        program: async () => {
          const provider = new Provider("kubernetes", { kubeconfig });
          const metadata = { name: "latency-lab-floor", namespace: "default" };
          new ConfigMap("floor", { metadata, data: { floor: "0" } }, { provider });
        },
      },
      {
        workDir: folder,
        envVars: {
          PULUMI_BACKEND_URL: pathToFileURL(folder).href,
          PULUMI_CONFIG_PASSPHRASE: "floor",
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    if (what === "up") await stack.up();
    else await stack.destroy();
  },
};

/** The command that runs one of them. */
export const programOf = (name: string, ...args: string[]): Candidate => ({
  name,
  command: process.execPath,
  args: ["--disable-warning=ExperimentalWarning", import.meta.filename, ...args],
});

if (process.argv[1] === import.meta.filename) {
  const [name = "", ...args] = process.argv.slice(2);
  await programs[name]?.(...args);
  process.exit();
}
