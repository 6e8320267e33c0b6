import { join } from "node:path";
import { Provider } from "@pulumi/docker/provider.js";
import { all, Config, getStack, interpolate, output } from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors.js";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { latencyQueries } from "../dashboards/index.ts";
import { secondsToStop } from "../service/src/settings.ts";
import { ExistingCluster } from "./cluster/existing.ts";
import { LocalCluster } from "./cluster/local.ts";
import { localKubeconfig } from "./cluster/local-kubeconfig.ts";
import { httpUrl } from "./cluster/url.ts";
import { UserError } from "./errors.ts";
import { mirrored } from "./monitoring/images.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import { dashboardOptions } from "./monitoring/options.ts";
import { graphUrl, type Outputs } from "./outputs.ts";
import { makePlan, type Plan } from "./plan.ts";
import { helperProblem } from "./preflight/credentials.ts";
import { type Prepared, prepare, withSteps } from "./preflight/preflight.ts";
import { DelayedServer } from "./server/deployment.ts";
import { emptyImage, pinned } from "./server/digests.ts";
import { DelayedServerImage } from "./server/image.ts";
import { Load } from "./server/load.ts";
import type { RegistryLogin } from "./server/pull-secret.ts";
import { plainSecrets, type RawSettings, readSettings } from "./settings/read.ts";
import type { Settings } from "./settings/schema.ts";

const root = join(import.meta.dirname, "..");

/** Reads and checks everything, then describes the environment: what a plain `pulumi up` does. */
export async function checkedLatencyLab(): Promise<Outputs> {
  const raw = rawSettings();
  const { configuration, problems } = readSettings(raw, getStack());
  const plain = plainSecrets(raw, isEncrypted);
  if (configuration === undefined || plain.length > 0) throw new UserError([...problems, ...plain], "input");
  const plan = makePlan(configuration, getStack(), root);
  const prepared = await prepare(plan);
  // `npm run up` goes around them, by settings of Docker without them for Pulumi's provider.
  const [broken] = prepared.brokenHelpers ?? [];
  if (broken) throw new UserError(helperProblem(broken), "readiness");
  return latencyLab(plan, withSteps(prepared, withoutTrace));
}

/** Pulumi prints a RunError's text alone; of any other error in an output, the stack trace. */
function withoutTrace(error: unknown): unknown {
  return error instanceof UserError ? new RunError(error.message) : error;
}

/** The whole environment, in the order in which things depend on each other. */
export function latencyLab(plan: Plan, prepared: Prepared): Outputs {
  const { settings, ports: port } = plan;
  const { instance, serverNamespace, monitoringNamespace, release } = plan.names;

  const digests = prepared.digests ?? new Map<string, string>();
  const image = (reference: string) => pinned(mirrored(reference, settings.imageMirror), digests);

  const { host, certPath } = prepared.engine;
  const engine = new Provider("docker", { host, ...(certPath ? { certPath } : {}) });
  const local =
    settings.cluster === "local"
      ? new LocalCluster("cluster", {
          ...settings,
          ...port,
          k3sImage: image(settings.k3sImage),
          registryImage: image(settings.registryImage),
          name: instance,
          project: plan.root,
          machine: given(prepared.local),
          mirrorLogins: prepared.mirrorLogins ?? {},
          proxies: prepared.proxies ?? {},
          authorities: prepared.authorities,
          engine,
          metrics: settings.maxReplicas !== undefined,
          nodePorts: [port.serverNodePort, port.grafanaNodePort, port.prometheusNodePort],
          waitForKubeconfig: prepared.waitForKubeconfig ?? localKubeconfig,
        })
      : undefined;
  const cluster =
    local ??
    new ExistingCluster("cluster", {
      ...given(prepared.existing),
      adopt: prepared.adopt ?? false,
    });

  const login = registryLogin(settings);
  const { pullSecret, dockerRuntime, admission } = local ? {} : given(prepared.existing);
  const platform =
    settings.imagePlatform ??
    `linux/${local ? prepared.engine.architecture : given(prepared.existing).architecture}`;
  const built = new DelayedServerImage("image", {
    ...settings,
    nodeImage: image(settings.nodeImage),
    baseImage: settings.baseImage === emptyImage ? emptyImage : image(settings.baseImage),
    registry: local ? local.registry : settings.registry,
    ...(login ? { login } : {}),
    tag: plan.stack,
    source: join(root, "service"),
    buildKit: prepared.engine.buildKit,
    proxies: prepared.proxies ?? {},
    authorities: prepared.authorities,
    platform,
    engine,
  });

  const server = new DelayedServer("server", {
    cluster,
    instance,
    namespace: serverNamespace,
    image: built.reference,
    imageDigest: built.digest,
    ...(login ? { login } : {}),
    replicas: settings.replicas,
    maxReplicas: settings.maxReplicas,
    networkPolicies: settings.networkPolicies,
    nodePort: port.serverNodePort,
    environment: plan.environment,
    platform,
    pods: settings,
    pullSecret,
    admission,
    terminationGracePeriodSeconds: secondsToStop(plan.server),
  });

  if (settings.load) {
    new Load("load", {
      cluster,
      instance,
      server,
      namespace: serverNamespace,
      image: built.reference,
      imageDigest: built.digest,
      environment: plan.loadEnvironment,
      platform,
      pods: settings,
      networkPolicies: settings.networkPolicies,
    });
  }

  const monitoring = new Monitoring("monitoring", {
    ...settings,
    ...port,
    cluster,
    instance,
    namespace: monitoringNamespace,
    release,
    chart: prepared.chart,
    digests,
    pullSecret,
    admission,
    dockerRuntime: dockerRuntime ?? false,
    dashboards: dashboardOptions(plan),
    newPassword: prepared.newPassword ?? false,
  });

  const serverUrl = all([cluster.nodeAddress, server.nodePort]).apply(([host, nodePort]) =>
    httpUrl(host, nodePort),
  );
  return {
    grafanaUrl: monitoring.grafanaUrl,
    grafanaUser: output("admin"),
    grafanaPassword: monitoring.grafanaPassword,
    dashboardUrl: interpolate`${monitoring.grafanaUrl}/d/delayed-server`,
    prometheusUrl: monitoring.prometheusUrl,
    latencyQueryUrl: graphUrl(monitoring.prometheusUrl, latencyQueries(dashboardOptions(plan))),
    serverUrl,
    metricsUrl: interpolate`${serverUrl}/metrics`,
    image: built.reference,
    namespaces: output({ server: serverNamespace, monitoring: monitoringNamespace }),
    kubeconfig: cluster.kubeconfig,
  };
}

/** The password is never read here: it goes from the stack's file, encrypted, to where it is needed. */
function registryLogin({ registry, registryUsername: username }: Settings): RegistryLogin | undefined {
  const password = new Config("latency-lab").getSecret("registryPassword");
  if (registry === undefined || username === undefined || password === undefined) return undefined;
  return { server: registry.split("/")[0] ?? registry, username, password };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the checks look at the cluster, or at the machine for one");
  return value;
}

const prefix = "latency-lab:";

/**
 * The stack's configuration as Pulumi hands it to the program. Read as a whole,
 * so that keys nobody reads can be told from those somebody misspelt.
 */
function rawSettings(): RawSettings {
  const entries = Object.entries(allConfig() as Record<string, string>)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return Object.fromEntries(entries);
}

/** Whether the stack keeps a setting encrypted, as Pulumi tells the programs that it starts. */
function isEncrypted(key: string): boolean {
  const keys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return keys.includes(`${prefix}${key}`);
}
