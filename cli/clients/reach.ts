import { once } from "node:events";
import { type AddressInfo, connect as connectTo, createServer } from "node:net";
import { PortForward } from "@kubernetes/client-node";
import { datasourceUids } from "../../dashboards/index.ts";
import { ClusterClient } from "../../stack/cluster/client.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { isReady } from "../observe/pods.ts";
import { planOf } from "../options.ts";
import { type OutputValues, outputsOf } from "../pulumi/outputs.ts";
import { Grafana } from "./grafana.ts";

/** A running stack, and its services as this machine reaches them. */
export interface Connected {
  readonly plan: Plan;
  readonly outputs: OutputValues;
  readonly grafana: Grafana;
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
): Promise<Pick<Connected, "urls" | "forwarded">> {
  const urls: Record<ServiceName, string> = {
    grafana: outputs.grafanaUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
  };
  const forwarded: ServiceName[] = [];
  // If the user has their own store, Grafana passes queries to it.
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

/** The services that users and checks connect to: their pods, and the pods' port. */
const behind = {
  grafana: { in: "monitoring", labelSelector: "app.kubernetes.io/name=grafana", port: 3000 },
  prometheus: { in: "monitoring", labelSelector: "app=prometheus,component=server", port: 9090 },
  server: { in: "server", labelSelector: "app.kubernetes.io/name=delayed-server", port: 19004 },
} as const;

type ServiceName = keyof typeof behind;

/** Listens on a free port of 127.0.0.1 and forwards every connection to a ready pod. Returns the URL. */
async function forwardService(outputs: OutputValues, service: ServiceName): Promise<string> {
  const config = new ClusterClient(outputs.kubeconfig);
  const { labelSelector, port, in: part } = behind[service];
  const namespace = outputs.namespaces[part];
  const { items } = await config.core.listNamespacedPod({ namespace, labelSelector });
  const pod = items.find(isReady)?.metadata?.name;
  if (pod === undefined) {
    throw new UserError({
      what: `no pod of ${service} is ready`,
      why: `${items.length} pods with ${labelSelector} in the namespace ${namespace}, none of them ready`,
      fix: "npm run status   (shows what they wait for)",
    });
  }
  const forward = new PortForward(config);
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    forward.portForward(namespace, pod, [port], socket, null, socket).catch(() => socket.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/**
 * The base URL of Prometheus' HTTP API for queries. If the user has their own store, Grafana passes
 * them on: only Grafana is sure to reach it, and has its login. The URL then contains Grafana's login.
 */
export function queriesAt(
  { settings }: Plan,
  urls: Readonly<Record<"grafana" | "prometheus", string>>,
  { grafanaUser, grafanaPassword }: Pick<OutputValues, "grafanaUser" | "grafanaPassword">,
): string {
  if (settings.queryUrl === undefined) return urls.prometheus;
  const url = new URL(`${urls.grafana}/api/datasources/proxy/uid/${datasourceUids.prometheus}`);
  url.username = grafanaUser;
  url.password = grafanaPassword;
  return url.href;
}
