import { execFile } from "node:child_process";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { UserError } from "../errors.ts";

const exec = promisify(execFile);

/** k3s writes it when its API server is up. */
const kubeconfigInContainer = "/etc/rancher/k3s/k3s.yaml";

/** A first start unpacks k3s and makes certificates: 10–20 s on a laptop, more where the disk is slow. */
const patienceSeconds = 180;

/**
 * Waits until the k3s node in a container serves its API on 127.0.0.1, and
 * returns a kubeconfig for it. Waiting here, rather than by a health check of
 * the container, costs nothing once the cluster is up.
 */
export async function localKubeconfig(container: string, apiPort: number, name: string): Promise<string> {
  const deadline = Date.now() + patienceSeconds * 1000;
  let last = "";
  while (Date.now() < deadline) {
    try {
      const { stdout } = await exec("docker", ["exec", container, "cat", kubeconfigInContainer]);
      const kubeconfig = published(stdout, apiPort, name);
      await ready(kubeconfig);
      return kubeconfig;
    } catch (error) {
      last = firstLine(error);
      await failWhenEnded(container);
    }
    await sleep(300);
  }
  throw new UserError({
    what: `the local cluster did not answer within ${patienceSeconds} s`,
    why: last,
    fix: `docker logs ${container}   (then run the command again)`,
  });
}

/** The kubeconfig as seen from outside the container, under the stack's own name. */
function published(text: string, apiPort: number, name: string): string {
  const config = parse(text);
  config.clusters[0].cluster.server = `https://127.0.0.1:${apiPort}`;
  config.clusters[0].name = name;
  config.users[0].name = name;
  config.contexts[0] = { name, context: { cluster: name, user: name } };
  config["current-context"] = name;
  return stringify(config);
}

async function ready(kubeconfig: string): Promise<void> {
  const config = parse(kubeconfig);
  const { server, "certificate-authority-data": ca } = config.clusters[0].cluster;
  const { "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
  const from64 = (text: string) => Buffer.from(text, "base64");
  await new Promise<void>((resolve, reject) => {
    const options = { ca: from64(ca), cert: from64(cert), key: from64(key), agent: false, timeout: 2000 };
    const call = request(`${server}/readyz`, options, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${server}/readyz answered ${response.statusCode}`));
    });
    call.on("timeout", () => call.destroy(new Error(`${server} did not answer within 2 s`)));
    call.on("error", reject);
    call.end();
  });
}

/** A node that stopped will never answer: say so at once, with its own last words. */
async function failWhenEnded(container: string): Promise<void> {
  let state: string;
  try {
    ({ stdout: state } = await exec("docker", ["inspect", "-f", "{{.State.Status}}", container]));
  } catch (error) {
    throw new UserError({
      what: `the local cluster's container ${container.slice(0, 12)} is gone`,
      why: firstLine(error),
      fix: "pulumi refresh --yes   (then run the command again: it is made anew)",
    });
  }
  if (state.trim() !== "exited" && state.trim() !== "dead") return;
  const { stdout, stderr } = await exec("docker", ["logs", "--tail", "3", container]);
  throw new UserError({
    what: "the local cluster's node ended",
    why: `${stdout}${stderr}`.trim().split("\n").join(" | "),
    fix: `docker start ${container.slice(0, 12)}   (its whole log: docker logs ${container.slice(0, 12)})`,
  });
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() ? stderr : message).trim().split("\n")[0] ?? "";
}
