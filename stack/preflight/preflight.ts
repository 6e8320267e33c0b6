import { kubeconfigOfSettings } from "../cluster/current-kubeconfig.ts";
import { localKubeconfig } from "../cluster/local-kubeconfig.ts";
import { type Problem, UserError } from "../errors.ts";
import { type Chart, lokiStackChart } from "../monitoring/chart.ts";
import type { Plan } from "../plan.ts";
import type { Digests } from "../server/digests.ts";
import { readAuthorities } from "./authorities.ts";
import { checkChart } from "./chart.ts";
import { type BrokenHelper, brokenHelpers, checkLogin, type Login, mirrorLogins } from "./credentials.ts";
import { findDigests } from "./digests.ts";
import { type Engine, type FoundEngine, findEngine } from "./engine.ts";
import type { Survey } from "./existing-cluster.ts";
import { checkLocalPorts } from "./local-ports.ts";
import { checkMachine, type Machine } from "./machine.ts";
import { findProxies, type Proxies } from "./proxy.ts";
import { checkReachable } from "./reachable.ts";
import { checkRegistry } from "./registry.ts";
import { checkResources } from "./resources.ts";
import { type Addresses, findAddresses } from "./subnet.ts";

/** The results of the checks that the program needs. */
export interface Prepared {
  readonly engine: Engine;
  readonly chart: Chart;
  /** For a local cluster: its machine and its network's addresses. */
  readonly local?: Machine & Addresses;
  /** Proxies that containers use. @default none */
  readonly proxies?: Proxies;
  /** Additional certificate authorities to trust, as PEM. @default none */
  readonly authorities?: string;
  /** The user's logins for the local cluster's mirrors, by host. @default none */
  readonly mirrorLogins?: Readonly<Record<string, Login>>;
  /** Broken credential helpers of Docker that are not needed. @default none */
  readonly brokenHelpers?: readonly BrokenHelper[];
  /** For an existing cluster: its kubeconfig and its survey. */
  readonly existing?: { readonly kubeconfig: string } & Survey;
  /** Whether the previous run was killed, so that objects missing in the state are adopted. */
  readonly adopt?: boolean;
  /** Whether to replace the password of Grafana's administrator. @default false */
  readonly newPassword?: boolean;
  /** Digests to pin images by. @default none */
  readonly digests?: Digests;
  /** Waits for a local cluster's API. @default localKubeconfig */
  readonly waitForKubeconfig?: typeof localKubeconfig;
}

/** Maps the errors of the steps that run while the program waits for the cluster. */
export function withSteps(prepared: Prepared, mapError: (error: unknown) => unknown): Prepared {
  const mapped =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      step(...args).catch((error: unknown) => {
        throw mapError(error);
      });
  const { existing } = prepared;
  const admission = existing?.admission && mapped(existing.admission);
  return {
    ...prepared,
    waitForKubeconfig: mapped(localKubeconfig),
    ...(existing && admission ? { existing: { ...existing, admission } } : {}),
  };
}

/**
 * Checks everything that the stack needs, in parallel, before anything is created. Throws one
 * error with all problems.
 */
export async function prepare(plan: Plan): Promise<Prepared> {
  const { settings, root } = plan;
  const problems: Problem[] = [];
  const attempt = async <T>(check: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };

  checkPlatform();
  const [found, chart, existing, digests, credentials, authorities] = await Promise.all([
    attempt(async () => {
      const engine = await findEngine();
      const proxies = findProxies(engine.info);
      return {
        engine,
        proxies,
        ...(settings.cluster === "local" ? { local: await prepareLocal(engine, plan) } : {}),
      };
    }),
    attempt(async () => {
      const found = lokiStackChart(settings.lokiStackChart, root);
      await checkChart(found, settings.lokiStackChart);
      return found;
    }),
    attempt(async () => {
      if (settings.cluster === "local") return undefined;
      const kubeconfig = kubeconfigOfSettings(plan);
      // Loaded only for clusters that need it: it takes as long as the rest of the program.
      const { surveyCluster } = await import("./existing-cluster.ts");
      return { kubeconfig, ...(await surveyCluster(kubeconfig, plan)) };
    }),
    attempt(() => findDigests(plan)),
    attempt(async () => {
      const broken = await brokenHelpers();
      checkLogin(broken, settings);
      return { brokenHelpers: broken, mirrorLogins: await mirrorLogins(settings) };
    }),
    attempt(() => readAuthorities(plan)),
    attempt(() => checkRegistry(settings)),
  ]);
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return {
    ...found,
    chart,
    ...(existing ? { existing } : {}),
    ...(digests ? { digests } : {}),
    ...(authorities ? { authorities } : {}),
    ...credentials,
  } as Prepared;
}

/** Checks that only a local cluster needs. The first two must pass before the others make sense. */
async function prepareLocal(engine: FoundEngine, plan: Plan): Promise<Machine & Addresses> {
  await checkReachable(engine);
  const machine = checkMachine(engine.info);
  const [addresses] = await all([
    findAddresses(plan.names, engine.info),
    checkLocalPorts(plan),
    checkResources(plan, engine.info),
  ]);
  return { ...machine, ...addresses };
}

/** Like Promise.all, but collects the problems of all failures. */
async function all<T extends readonly unknown[]>(
  checks: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const settled = await Promise.allSettled(checks);
  const problems = settled.flatMap((one) => {
    if (one.status === "fulfilled") return [];
    if (!(one.reason instanceof UserError)) throw one.reason;
    return one.reason.problems;
  });
  if (problems.length > 0) throw new UserError(problems);
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** The commands need Unix sessions, signals and file modes, which Windows has in WSL only. */
export function checkPlatform(platform: string = process.platform): void {
  if (platform !== "win32") return;
  throw new UserError({
    what: "this is Windows without WSL",
    why: "latency-lab runs on Linux and macOS, and in WSL 2",
    fix: "wsl --install, then clone and run it there   (https://docs.docker.com/desktop/features/wsl/)",
  });
}
