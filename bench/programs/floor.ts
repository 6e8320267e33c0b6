// The floor of Pulumi programs for Kubernetes: a provider and one ConfigMap. `node floor.ts
// up|preview|destroy FOLDER`; FOLDER contains the kubeconfig.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const [what, folder = "."] = process.argv.slice(2);
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
else if (what === "preview") await stack.preview();
else await stack.destroy();
process.exit();
