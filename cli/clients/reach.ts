import { once } from "node:events";
import { connect as connectTo } from "node:net";
import type { Plan } from "../../stack/plan.ts";
import { planOf } from "../options.ts";
import { type OutputValues, outputsOf } from "../pulumi/outputs.ts";
import { Grafana } from "./grafana.ts";
import { forwardService, type ServiceName } from "./port-forward.ts";
import { queriesAt } from "./queries.ts";

/** A running stack, and its services as this machine reaches them. */
export interface Connected extends Reached {
  readonly plan: Plan;
  readonly outputs: OutputValues;
  readonly grafana: Grafana;
}

/** The services' URLs on this machine. */
interface Reached {
  readonly urls: Readonly<Record<ServiceName | "queries", string>>;
  /** Services that use a port-forward, because this machine can't reach their NodePort. */
  readonly forwarded: readonly ServiceName[];
}

/** Connects to services of a running stack. */
export async function connect(stack: string, ...wanted: ServiceName[]): Promise<Connected> {
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const { urls, forwarded } = await reach(plan, outputs, wanted);
  const grafana = new Grafana(urls.grafana, outputs.grafanaUser, outputs.grafanaPassword);
  return { plan, outputs, urls, forwarded, grafana };
}

/**
 * Reaches each service through its NodePort if that answers, else through a port-forward, which stays
 * open until the command ends.
 */
export async function reach(
  plan: Plan,
  outputs: OutputValues,
  wanted: readonly ServiceName[],
): Promise<Reached> {
  const urls: Record<ServiceName, string> = {
    grafana: outputs.grafanaUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
  };
  const forwarded: ServiceName[] = [];
  // With a store of the user's own, Grafana passes queries to it.
  const viaGrafana: ServiceName[] = plan.settings.queryUrl === undefined ? [] : ["grafana"];
  await Promise.all(
    [...new Set([...wanted, ...viaGrafana])].map(async (name) => {
      if (await answers(urls[name])) return;
      urls[name] = await forwardService(outputs, name);
      forwarded.push(name);
    }),
  );
  return { urls: { ...urls, queries: queriesAt(plan, urls, outputs) }, forwarded };
}

/** Whether the port accepts connections within two seconds. */
async function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connectTo({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
  const connected = once(socket, "connect", { signal: AbortSignal.timeout(2000) });
  return connected
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
