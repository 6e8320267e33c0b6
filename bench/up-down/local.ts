// The same on a cluster that the stack makes itself. Its `down` beside what it can't be
// faster than: the engine's own removal of the containers.
import { execFileSync } from "node:child_process";
import { containerLabels } from "../../stack/cluster/container-labels.ts";
import { median } from "../measure.ts";
import { type Measurement, seconds } from "../measurement.ts";
import { needsEngine } from "../site/needs.ts";
import { Site } from "../site/site.ts";

const stack = "bench-local";

export const upDownLocal: Measurement = {
  name: "up-down-local",
  title: "From nothing to the first latency and back, on a local cluster",
  missing: needsEngine,
  measure: async () => {
    const site = new Site("local");
    const first = await site.up(stack);
    const down = await site.down(stack);
    const second = await site.up(stack);
    const floor = removeByHand();
    await site.down(stack);
    const up = median([first.process, second.process]);
    const at = (name: string) =>
      median([first, second].map(({ stages }) => (stages[name]?.endedAt ?? Number.NaN) / 1000));
    return [
      { figure: "`up` from nothing to the first latency", ours: seconds(up) },
      { figure: "  cluster ready at", ours: seconds(at("cluster")) },
      { figure: "  image pushed at", ours: seconds(at("image")) },
      { figure: "  server ready at", ours: seconds(at("server")) },
      { figure: "  chart ready at", ours: seconds(at("chart")) },
      {
        figure: "`down` to nothing",
        ours: seconds(down),
        beside: `${seconds(floor)}: docker rm of the containers, docker network rm`,
        ratio: down / floor,
        wanted: "≤ 10 s",
      },
    ];
  },
};

/** Seconds that the engine takes to remove the stack's containers and their network. */
function removeByHand(): number {
  const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" });
  const filter = ["--filter", `label=${containerLabels.instance}=latency-lab-${stack}`];
  const containers = docker("ps", "--all", "--quiet", ...filter)
    .split("\n")
    .filter(Boolean);
  const networks = docker("network", "ls", "--quiet", ...filter)
    .split("\n")
    .filter(Boolean);
  const began = Date.now();
  docker("rm", "--force", "--volumes", ...containers);
  docker("network", "rm", ...networks);
  return (Date.now() - began) / 1000;
}
