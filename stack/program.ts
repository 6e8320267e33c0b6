import { join } from "node:path";
import { Provider } from "@pulumi/docker/provider.js";
import { all, Config, getStack, interpolate, type Output, output } from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { explorePath, latencyQueries } from "../dashboards/index.ts";
import { secondsToStop } from "../service/src/settings.ts";
import { ExistingCluster, httpUrl, type RegistryLogin } from "./cluster/cluster.ts";
import { LocalCluster, type LocalClusterArgs } from "./cluster/local.ts";
import { localKubeconfig } from "./cluster/local-node.ts";
import { UserError } from "./errors.ts";
import { type Digests, emptyImage, mirrored, pinned } from "./images.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import { dashboardOptions, type StoreFiles } from "./monitoring/options.ts";
import { type Chart, distributions } from "./monitoring/versions.ts";
import { graphUrl, type Outputs } from "./outputs.ts";
import { makePlan, type Plan } from "./plan.ts";
import { helperProblem } from "./preflight/docker-config.ts";
import type { Engine } from "./preflight/engine.ts";
import type { Survey } from "./preflight/existing-cluster.ts";
import { prepare } from "./preflight/preflight.ts";
import { DelayedServer } from "./server/deployment.ts";
import { DelayedServerImage } from "./server/image.ts";
import { Load } from "./server/load.ts";
import { plainSecrets, type RawSettings, readSettings } from "./settings/read.ts";
import type { Settings } from "./settings/schema.ts";

const root = join(import.meta.dirname, "..");

/** The program of a plain `pulumi up`: checks everything, then declares the environment. */
export async function checkedLatencyLab(): Promise<Outputs> {
  const raw = rawSettings();
  const { configuration, problems } = readSettings(raw, getStack());
  const plain = plainSecrets(raw, isEncrypted);
  if (configuration === undefined || plain.length > 0) throw new UserError([...problems, ...plain], "input");
  const plan = makePlan(configuration, getStack(), root);
  const { brokenHelpers, ...found } = await prepare(plan);
  // `npm run up` works around broken helpers by giving Pulumi's provider Docker settings without them.
  const [broken] = brokenHelpers;
  if (broken) throw new UserError(helperProblem(broken), "readiness");
  return latencyLab(plan, found);
}

export interface LatencyLabArgs extends Pick<LocalClusterArgs, "mirrorLogins" | "proxies" | "authorities"> {
  /** The engine that builds the image and runs the local cluster. */
  readonly engine: Engine;
  readonly chart: Chart;
  /** Digests to pin images by. Undefined: images are pulled by tag. */
  readonly digests: Digests | undefined;
  /** For a local cluster: its machine and its network's addresses. */
  readonly local: LocalClusterArgs["machine"] | undefined;
  /** For an existing cluster: what the checks saw of it. */
  readonly existing: Survey | undefined;
  /** Adopts objects that a killed run created but did not record in the state. @default false */
  readonly adopt?: boolean;
  /** Replaces the password of Grafana's administrator. @default false */
  readonly newPassword?: boolean;
  /** Waits for a local cluster's API. @default localKubeconfig */
  readonly waitForKubeconfig?: typeof localKubeconfig;
  /** Maps the errors of the steps that run while the program waits for the cluster. @default unchanged */
  readonly mapError?: (error: unknown) => unknown;
}

/** Declares the whole environment in order of dependency. */
export function latencyLab(plan: Plan, args: LatencyLabArgs): Outputs {
  const { settings, ports: port } = plan;
  const { existing, mirrorLogins, proxies, authorities } = args;
  const { instance, serverNamespace, monitoringNamespace, release } = plan.names;

  const digests = args.digests ?? new Map<string, string>();
  const image = (reference: string) => mirrored(pinned(reference, digests), settings.imageMirror);

  const { host, certPath, buildKit } = args.engine;
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
          machine: given(args.local),
          mirrorLogins,
          proxies,
          authorities,
          engine,
          metrics: settings.maxReplicas !== undefined,
          nodePorts: [port.serverNodePort, port.grafanaNodePort, port.prometheusNodePort],
          waitForKubeconfig: mapped(args.waitForKubeconfig ?? localKubeconfig, args.mapError),
        })
      : undefined;
  const cluster = local ?? new ExistingCluster("cluster", { ...given(existing), adopt: args.adopt ?? false });

  const login = registryLogin(settings);
  const pullSecret = existing?.pullSecret;
  const admission = existing?.admission && mapped(existing.admission, args.mapError);
  const platform = settings.imagePlatform ?? `linux/${(existing ?? args.engine).architecture}`;
  const built = new DelayedServerImage("image", {
    ...settings,
    nodeImage: image(settings.nodeImage),
    baseImage: settings.baseImage === emptyImage ? emptyImage : image(settings.baseImage),
    registry: local ? local.registry : settings.registry,
    ...(login ? { login } : {}),
    tag: plan.stack,
    source: join(root, "service"),
    buildKit,
    proxies,
    authorities,
    platform,
    engine,
  });

  const workload = {
    cluster,
    instance,
    namespace: serverNamespace,
    image: built.reference,
    imageDigest: built.digest,
    platform,
    pods: settings,
    networkPolicies: settings.networkPolicies,
  };
  const server = new DelayedServer("server", {
    ...workload,
    ...(login ? { login } : {}),
    replicas: settings.replicas,
    maxReplicas: settings.maxReplicas,
    nodePort: port.serverNodePort,
    environment: plan.environment,
    pullSecret,
    admission,
    terminationGracePeriodSeconds: secondsToStop(plan.server),
  });

  if (settings.load) {
    new Load("load", {
      ...workload,
      server,
      environment: plan.loadEnvironment,
      replicas: settings.loadReplicas,
    });
  }

  const monitoring = new Monitoring("monitoring", {
    ...settings,
    ...port,
    cluster,
    instance,
    namespace: monitoringNamespace,
    release,
    chart: args.chart,
    digests,
    pullSecret,
    admission,
    dockerRuntime: existing?.dockerRuntime ?? false,
    dashboards: dashboardOptions(plan),
    stores: storeFiles(settings, authorities),
    newPassword: args.newPassword ?? false,
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
    latencyQueryUrl: latencyQueryUrl(plan, monitoring),
    serverUrl,
    metricsUrl: interpolate`${serverUrl}/metrics`,
    image: built.reference,
    namespaces: output({ server: serverNamespace, monitoring: monitoringNamespace }),
    kubeconfig: cluster.kubeconfig,
  };
}

/** A page with a graph of the latency. An agent has none. */
function latencyQueryUrl(plan: Plan, { grafanaUrl, prometheusUrl }: Monitoring): Output<string> {
  const queries = latencyQueries(dashboardOptions(plan));
  if (plan.settings.queryUrl === undefined)
    return graphUrl(prometheusUrl, queries, distributions[plan.settings.versions]);
  return interpolate`${grafanaUrl}${explorePath("prometheus", queries, "now-15m")}`;
}

/** What the pods need to reach the user's own stores. The passwords stay Pulumi secrets. */
function storeFiles({ remoteWriteUrl, lokiUrl }: Settings, authorities: string | undefined): StoreFiles {
  const config = new Config("latency-lab");
  return {
    ...(remoteWriteUrl === undefined ? {} : { "metrics-password": config.getSecret("metricsPassword") }),
    ...(lokiUrl === undefined ? {} : { "loki-password": config.getSecret("lokiPassword") }),
    ...(remoteWriteUrl === undefined && lokiUrl === undefined ? {} : { "ca.crt": authorities }),
  };
}

/** The login for the registry. The password stays a Pulumi secret. */
function registryLogin({ registry, registryUsername: username }: Settings): RegistryLogin | undefined {
  const password = new Config("latency-lab").getSecret("registryPassword");
  if (registry === undefined || username === undefined || password === undefined) return undefined;
  return { server: registry.split("/")[0] ?? registry, username, password };
}

/** A step whose errors are mapped. */
function mapped<A extends unknown[], R>(
  step: (...args: A) => Promise<R>,
  mapError: (error: unknown) => unknown = (error) => error,
): (...args: A) => Promise<R> {
  return (...args) =>
    step(...args).catch((error: unknown) => {
      throw mapError(error);
    });
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a result of the preflight checks is missing");
  return value;
}

const prefix = "latency-lab:";

/**
 * The stack's whole configuration. Reading all keys allows unknown keys, such as misspelt ones,
 * to be reported.
 */
function rawSettings(): RawSettings {
  const entries = Object.entries(allConfig() as Record<string, string>)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return Object.fromEntries(entries);
}

/** Whether a setting is encrypted; Pulumi passes the list of secret keys to the program. */
function isEncrypted(key: string): boolean {
  const keys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return keys.includes(`${prefix}${key}`);
}
