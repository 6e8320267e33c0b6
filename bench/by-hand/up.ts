import { firstLatency } from "../../cli/terminal/progress/first-latency.ts";
import { type StageName, Stages } from "../../cli/terminal/progress/stages.ts";
import type { Commands } from "./commands.ts";
import type { Files } from "./files.ts";

export interface ByHand {
  /** From the first command to the first latency in Prometheus. */
  readonly seconds: number;
  /** When each stage was over, in seconds since the first command. */
  readonly ended: Readonly<Partial<Record<StageName, number>>>;
}

/**
 * What a person would type, as a perfect script: everything side by side that does
 * not wait for something else, and the end found as `up` finds it.
 */
export async function upByHand(
  commands: Commands,
  files: Files,
  source: string,
  nodeAddress: string,
): Promise<ByHand> {
  const { kubectl, helm } = commands;
  const { plan } = files;
  const { serverNamespace, monitoringNamespace, release } = plan.names;
  const began = Date.now();
  const ended: Partial<Record<StageName, number>> = {};
  const ends = async <T>(stage: StageName, work: Promise<T>): Promise<T> => {
    const result = await work;
    ended[stage] = (Date.now() - began) / 1000;
    return result;
  };

  const enough = new AbortController();
  const url = (port: number) => `http://${nodeAddress}:${port}`;
  const where = {
    serverUrl: url(plan.ports.serverNodePort),
    prometheusUrl: url(plan.ports.prometheusNodePort),
    namespace: serverNamespace,
  };
  const namespaces = kubectl("apply", "-f", files.namespaces);
  const image = ends("image", buildAndPush(commands, files, source));
  const chart = ends(
    "chart",
    namespaces
      .then(() => kubectl("apply", "-f", files.monitoring))
      .then(() =>
        helm(
          "install",
          release,
          files.chart,
          "--namespace",
          monitoringNamespace,
          "--values",
          files.values,
          "--wait",
          "--timeout=10m",
        ),
      ),
  );
  const server = ends(
    "server",
    Promise.all([namespaces, image])
      .then(([, digest]) => kubectl("apply", "-f", files.server(digest)))
      .then(() => kubectl("rollout", "status", "deployment/delayed-server", "--namespace", serverNamespace)),
  );
  const data = ends("data", firstLatency(where, new Stages(["data"]), enough.signal));
  try {
    await Promise.all([chart, server]);
    await data;
  } finally {
    enough.abort();
  }
  return { seconds: (Date.now() - began) / 1000, ended };
}

/** Builds the server's image as the program does, and returns the digest it is pushed under. */
export async function buildAndPush({ docker }: Commands, { plan }: Files, source: string): Promise<string> {
  const repository = `${plan.settings.registry}/latency-lab/delayed-server`;
  const tag = `${repository}:${plan.stack}`;
  const { nodeImage, npmRegistry } = plan.settings;
  const args = [`NODE_IMAGE=${nodeImage}`, ...(npmRegistry ? [`NPM_REGISTRY=${npmRegistry}`] : [])];
  await docker("build", "--quiet", "--tag", tag, ...args.flatMap((one) => ["--build-arg", one]), source);
  await docker("push", "--quiet", tag);
  const digests = await docker("image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', tag);
  const digest = digests.split("\n").find((one) => one.startsWith(`${repository}@`));
  if (digest === undefined) throw new Error(`${tag} has no digest after its push`);
  return digest.split("@")[1] ?? "";
}
