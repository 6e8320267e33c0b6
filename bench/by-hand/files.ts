// What somebody without Pulumi would have in files: manifests and values, rendered from
// the same program, so that both ways make the same things.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigPath, readContext } from "../../stack/cluster/kubeconfig.ts";
import { makePlan, type Plan } from "../../stack/plan.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { type Recorded, record } from "../../test/recorded.ts";

export interface Files {
  readonly folder: string;
  readonly plan: Plan;
  readonly kubeconfig: string;
  /** Both namespaces. */
  readonly namespaces: string;
  /** What the release needs to be there: the administrator, dashboards, policies. */
  readonly monitoring: string;
  /** The values of loki-stack. */
  readonly values: string;
  readonly chart: string;
  /** Deployments and Services, with a digest of zeros where the image's belongs. */
  server(digest: string): string;
}

/** The digest that a recorded program sees. */
const noDigest = "0".repeat(64);

/** Renders a stack's manifests and values into a folder of its own. */
export async function renderFiles(
  stack: string,
  settings: Record<string, string>,
  nodeAddress: string,
): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-by-hand-"));
  const { configuration, problems } = readSettings(settings);
  if (configuration === undefined) throw new Error(problems.map(({ what }) => what).join("; "));
  const plan = makePlan(configuration, stack, process.cwd());
  const kubeconfig = readContext(kubeconfigPath(settings.kubeconfig, plan.root), settings.context ?? "");
  const { resources, one } = await record(
    settings,
    stack,
    {},
    {
      existing: { kubeconfig, nodeAddress, namespaces: [], architecture: "amd64" },
    },
  );
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const { inputs: release } = one("kubernetes:helm.sh/v3:Release");
  const manifests = resources.filter(({ type }) => /^kubernetes:(?!helm\.sh)/.test(type));
  const of = (wanted: (one: Recorded) => boolean) =>
    JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests.filter(wanted).map(asManifest) });
  const isNamespace = ({ type }: Recorded) => type === "kubernetes:core/v1:Namespace";
  const isIn = (namespace: string) => (one: Recorded) => one.inputs.metadata?.namespace === namespace;
  const server = of(isIn(plan.names.serverNamespace));
  return {
    folder,
    plan,
    kubeconfig: write("kubeconfig", kubeconfig),
    namespaces: write("namespaces.json", of(isNamespace)),
    monitoring: write("monitoring.json", of(isIn(plan.names.monitoringNamespace))),
    values: write("values.json", JSON.stringify(release.values)),
    chart: settings.lokiStackChart ?? "",
    server: (digest) => write("server.json", server.replaceAll(`sha256:${noDigest}`, digest)),
  };
}

/** `kubernetes:apps/v1:Deployment` is apiVersion `apps/v1`; the core group has no name. */
function asManifest({ type, inputs }: Recorded): Record<string, unknown> {
  const [, group = "", kind] = type.split(":");
  return { apiVersion: group.replace(/^core\//, ""), kind, ...inputs };
}
