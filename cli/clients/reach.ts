import { connect } from "node:net";
import type { OutputValues } from "../pulumi/outputs.ts";
import { forwardService, type ServiceName } from "./port-forward.ts";

/** The services' URLs on this machine. */
interface Reached {
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** Services that use a port-forward, because this machine can't reach their NodePort. */
  readonly forwarded: readonly ServiceName[];
  close(): void;
}

/**
 * Connects to each service: through its NodePort if that answers, else through a port-forward,
 * which stays open until `close`.
 */
export async function reach(outputs: OutputValues, wanted: readonly ServiceName[]): Promise<Reached> {
  const direct: Record<ServiceName, string> = {
    grafana: outputs.grafanaUrl,
    prometheus: outputs.prometheusUrl,
    server: outputs.serverUrl,
  };
  const urls = { ...direct };
  const forwarded: ServiceName[] = [];
  const closers: (() => void)[] = [];
  await Promise.all(
    wanted.map(async (name) => {
      if (await answers(direct[name])) return;
      const forward = await forwardService(outputs, name);
      urls[name] = forward.url;
      forwarded.push(name);
      closers.push(forward.close);
    }),
  );
  return { urls, forwarded, close: () => closers.forEach((close) => void close()) };
}

/** Whether the port accepts connections within two seconds. */
function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), timeout: 2000 });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}
