import { kubeconfigOfSettings } from "../cluster/kubeconfig.ts";
import { all, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { findProxies } from "../proxy.ts";
import { brokenHelpers, checkLogin, mirrorLogins } from "./docker-config.ts";
import { type FoundEngine, findEngine } from "./engine.ts";
import { checkMachine, checkReachable, checkResources, type Machine } from "./local-machine.ts";
import { type Addresses, findAddresses } from "./local-subnet.ts";
import { checkRegistry, findChart, findDigests, readAuthorities } from "./sources.ts";

/**
 * Checks everything that the stack needs, in parallel, before anything is created. Throws one
 * error with all problems. Returns what the checks found out for the program.
 */
export async function prepare(plan: Plan) {
  const { settings } = plan;
  checkPlatform();
  const [{ engine, local }, { chart, digests }, existing, { broken, logins }, authorities] = await all([
    async () => {
      const engine = await findEngine();
      return { engine, local: settings.cluster === "local" ? await prepareLocal(engine, plan) : undefined };
    },
    async () => {
      const digests = findDigests(plan);
      return { digests, chart: await findChart(plan, digests) };
    },
    async () => {
      if (settings.cluster === "local") return undefined;
      // Loaded only for clusters that need it: it takes as long as the rest of the program.
      const { surveyCluster } = await import("./existing-cluster.ts");
      return surveyCluster(kubeconfigOfSettings(plan), plan);
    },
    async () => {
      const broken = await brokenHelpers();
      checkLogin(broken, settings);
      return { broken, logins: await mirrorLogins(settings) };
    },
    () => readAuthorities(plan),
    () => checkRegistry(settings),
  ]);
  return {
    engine,
    proxies: findProxies(engine.info),
    authorities,
    chart,
    digests,
    mirrorLogins: logins,
    local,
    existing,
    /** Broken credential helpers of Docker that are not needed. */
    brokenHelpers: broken,
  };
}

/** Checks that only a local cluster needs. The first two must pass before the others make sense. */
async function prepareLocal(engine: FoundEngine, plan: Plan): Promise<Machine & Addresses> {
  await checkReachable(engine);
  const machine = checkMachine(engine.info);
  const [addresses] = await all([
    () => findAddresses(plan.names, engine.info),
    () => checkResources(plan, engine.info),
  ]);
  return { ...machine, ...addresses };
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
