import { connect } from "node:net";
import type { OutputValues } from "../pulumi/outputs.ts";
import { forwardService, type ServiceName } from "./port-forward.ts";

/** Where each of them answers from this machine. */
interface Reached {
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** Those whose NodePort can't be reached from here, and go through a port-forward. */
  readonly forwarded: readonly ServiceName[];
  close(): void;
}

/**
 * Finds a way to each service: its NodePort where that answers, else a
 * port-forward through the cluster's API, held until it is closed.
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

/** Whether anything listens there; a filtered port is given two seconds. */
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
