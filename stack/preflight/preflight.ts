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
import { lookAtMachine, type Machine } from "./machine.ts";
import { checkPlatform } from "./platform.ts";
import { findProxies, type Proxies } from "./proxy.ts";
import { checkReachable } from "./reachable.ts";
import { checkRegistry } from "./registry.ts";
import { checkResources } from "./resources.ts";
import { type Addresses, findAddresses } from "./subnet.ts";

/** What the checks found on the way, for the program to use. */
export interface Prepared {
  readonly engine: Engine;
  readonly chart: Chart;
  /** Of a local cluster: the machine it runs on, and its network. */
  readonly local?: Machine & Addresses;
  /** Proxies that containers use. @default none */
  readonly proxies?: Proxies;
  /** Certificate authorities to trust besides the usual ones, as PEM. @default none */
  readonly authorities?: string;
  /** The user's logins of the mirrors that a local cluster pulls through, by host. @default none */
  readonly mirrorLogins?: Readonly<Record<string, Login>>;
  /** Docker's credential helpers that don't work, and aren't needed. @default none */
  readonly brokenHelpers?: readonly BrokenHelper[];
  /** Of an existing cluster: its kubeconfig, and what was seen there. */
  readonly existing?: { readonly kubeconfig: string } & Survey;
  /** Whether the run before was killed, so that what it made and could not note down is taken over. */
  readonly adopt?: boolean;
  /** Whether Grafana's administrator gets another password. @default false */
  readonly newPassword?: boolean;
  /** Digests to pin images by. @default none */
  readonly digests?: Digests;
  /** Waits for a local cluster's API. @default localKubeconfig */
  readonly waitForKubeconfig?: typeof localKubeconfig;
}

/** With the steps that wait for the cluster while the program runs, their errors passed through `tell`. */
export function withSteps(prepared: Prepared, tell: (error: unknown) => unknown): Prepared {
  const telling =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      step(...args).catch((error: unknown) => {
        throw tell(error);
      });
  const { existing } = prepared;
  const admission = existing?.admission && telling(existing.admission);
  return {
    ...prepared,
    waitForKubeconfig: telling(localKubeconfig),
    ...(existing && admission ? { existing: { ...existing, admission } } : {}),
  };
}

/**
 * Looks at everything the stack needs before anything is made, side by side,
 * and throws one error with all that is missing.
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

/** What only a local cluster needs of the engine; the first of these that fails makes the rest pointless. */
async function prepareLocal(engine: FoundEngine, plan: Plan): Promise<Machine & Addresses> {
  await checkReachable(engine);
  const machine = lookAtMachine(engine.info);
  const [addresses] = await all([
    findAddresses(plan.names, engine.info),
    checkLocalPorts(plan),
    checkResources(plan, engine.info),
  ]);
  return { ...machine, ...addresses };
}

/** As Promise.all, but with the problems of all that fail. */
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
