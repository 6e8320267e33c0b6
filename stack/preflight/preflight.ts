import { kubeconfigOfSettings } from "../cluster/current-kubeconfig.ts";
import type { localKubeconfig } from "../cluster/local-kubeconfig.ts";
import { type Problem, UserError } from "../errors.ts";
import { type Chart, lokiStackChart } from "../monitoring/chart.ts";
import type { Plan } from "../plan.ts";
import type { Digests } from "../server/digests.ts";
import { checkChart } from "./chart.ts";
import { findDigests } from "./digests.ts";
import { type Engine, findEngine } from "./engine.ts";
import { type Survey, surveyCluster } from "./existing-cluster.ts";
import { checkLocalPorts } from "./local-ports.ts";
import { checkRegistry } from "./registry.ts";
import { checkResources } from "./resources.ts";

/** What the checks found on the way, for the program to use. */
export interface Prepared {
  readonly engine: Engine;
  readonly chart: Chart;
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

  const [engine, chart, existing, digests] = await Promise.all([
    attempt(async () => {
      const found = await findEngine();
      if (settings.cluster === "local") {
        await Promise.all([attempt(() => checkLocalPorts(plan)), attempt(() => checkResources(plan))]);
      }
      return found;
    }),
    attempt(async () => {
      const found = lokiStackChart(settings.lokiStackChart, root);
      await checkChart(found, settings.lokiStackChart);
      return found;
    }),
    attempt(async () => {
      if (settings.cluster === "local") return undefined;
      const kubeconfig = kubeconfigOfSettings(plan);
      return { kubeconfig, ...(await surveyCluster(kubeconfig, plan)) };
    }),
    attempt(() => findDigests(plan)),
    attempt(() => checkRegistry(settings)),
  ]);
  if (problems.length > 0) throw new UserError(problems, "readiness");
  return { engine, chart, ...(existing ? { existing } : {}), ...(digests ? { digests } : {}) } as Prepared;
}
