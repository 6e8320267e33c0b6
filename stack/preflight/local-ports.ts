import { createServer } from "node:net";
import { type Problem, UserError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { type PortKey, usedPorts } from "../settings/names.ts";
import { docker } from "./engine.ts";

/** Checks that a local cluster's ports on 127.0.0.1 are free, or used by this stack. */
export async function checkLocalPorts({
  settings,
  names,
  ports,
}: Pick<Plan, "settings" | "names" | "ports">): Promise<void> {
  const published = await docker(["ps", "--format", "{{.Names}}\t{{.Ports}}"]);
  const owner = (port: number) => {
    const line = published.split("\n").find((one) => publishes(one.split("\t")[1] ?? "", port));
    return line?.split("\t")[0];
  };
  const own = new Set([`${names.instance}-k3s`, `${names.instance}-registry`]);
  const problems: Problem[] = [];
  for (const key of usedPorts(settings)) {
    const port = ports[key];
    const container = owner(port);
    if (container !== undefined && own.has(container)) continue;
    if (container === undefined && (await isFree(port))) continue;
    problems.push({
      what: `${key} = ${port} is in use on this machine`,
      why: container ? `the container ${container} publishes it` : "another program listens on 127.0.0.1",
      fix: `npm run up -- --config ${key}=${await freeNear(port, key)}`,
    });
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** `127.0.0.1:5050->5000/tcp, 0.0.0.0:30000-30099->30000-30099/tcp`, as `docker ps` prints it. */
function publishes(column: string, port: number): boolean {
  return [...column.matchAll(/:(\d+)(?:-(\d+))?->/g)].some(([, first, last]) => {
    return port >= Number(first) && port <= Number(last ?? first);
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function freeNear(port: number, key: PortKey): Promise<number> {
  const last = key.endsWith("NodePort") ? 32767 : 65535;
  for (let next = port + 1; next <= last; next++) if (await isFree(next)) return next;
  return port + 1;
}
