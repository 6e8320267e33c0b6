import { rmSync } from "node:fs";
import { removeBuiltImages } from "../../cli/clients/docker.ts";
import type { Commands } from "./commands.ts";
import type { Files } from "./files.ts";

/** `helm uninstall`, `kubectl delete namespace`, and the image: how many seconds until all are gone. */
export async function downByHand({ helm, kubectl }: Commands, { plan, folder }: Files): Promise<number> {
  const { serverNamespace, monitoringNamespace, release } = plan.names;
  const began = Date.now();
  const server = kubectl("delete", "namespace", serverNamespace);
  await helm("uninstall", release, "--namespace", monitoringNamespace);
  await Promise.all([server, kubectl("delete", "namespace", monitoringNamespace)]);
  await removeBuiltImages([`${plan.settings.registry}/latency-lab/delayed-server`], plan.stack);
  const seconds = (Date.now() - began) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return seconds;
}
