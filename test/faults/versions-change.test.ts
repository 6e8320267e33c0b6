// Changes `versions` on a running stack, and interrupts the change.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import type { Versions } from "../../stack/monitoring/versions.ts";
import { ended, killAll, signal } from "../checkout.ts";
import { added, kubeConfigOf, snapshot } from "../cluster.ts";
import { maintained, noExistingCluster } from "../environment.ts";
import { figure, StackUnderTest } from "../stack.ts";

const charts = maintained();
const skip = "missing" in charts ? charts.missing : noExistingCluster();

/** When to interrupt, as a share of the duration of a whole change. */
const moments = [0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75, 0.85, 0.95];

describe("a change of versions on a running stack", { skip }, () => {
  const given = "settings" in charts ? charts.settings : {};
  const lab = new StackUnderTest("f-versions", "existing", {
    preset: "laptop",
    persistence: "true",
    chartsFolder: given.chartsFolder ?? "",
  });
  /** The objects of each value, when nothing was interrupted. */
  const complete = new Map<Versions, string[]>();
  let empty: string[];
  let password: string;
  let versions: Versions = "chart";
  let seconds = 0;
  let repaired = 0;

  before(async () => {
    empty = await snapshot("existing");
    await lab.up({ versions });
    password = await lab.password();
    complete.set(versions, await objectsOf(lab));
  });
  after(async () => {
    await lab.end();
    figure(
      "interrupted changes of versions that the next run completes",
      `${repaired} of ${moments.length}`,
      "all",
    );
  });

  const other = (): Versions => (versions === "chart" ? "maintained" : "chart");
  const start = (...flags: string[]) => lab.start("up", "--config", `versions=${other()}`, ...flags);

  /** Changes to the other value, and checks that the change is complete. */
  async function change(): Promise<void> {
    versions = other();
    const up = await lab.up({ versions });
    seconds = up.seconds;
    assert.ok(up.firstLatencySeconds !== undefined, "no latency is visible");
    assert.equal(await lab.password(), password);
    const found = await objectsOf(lab);
    if (!complete.has(versions)) complete.set(versions, found);
    assert.deepEqual(found, complete.get(versions));
  }

  it("without --yes and a terminal, says what is deleted and changes nothing", async () => {
    const run = await ended(start());
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.match(run.stderr, /metrics and logs .* are deleted.*password.* kept/);
    assert.deepEqual(await objectsOf(lab), complete.get("chart"));
  });

  it("replaces everything in both directions, and leaves nothing of the other versions", async () => {
    await change();
    figure("change of versions, chart to maintained", `${seconds.toFixed(1)} s`, "≤ 120 s");
    await change();
    figure("change of versions, maintained to chart", `${seconds.toFixed(1)} s`, "≤ 120 s");
    assert.notDeepEqual(complete.get("chart"), complete.get("maintained"));
  });

  for (const [index, moment] of moments.entries()) {
    const name = index % 2 === 0 ? "SIGKILL" : "SIGINT";
    it(`interrupted by ${name} after ${moment * 100} %, is completed by the next run`, async () => {
      const child = start("--yes");
      const end = ended(child);
      await Promise.race([sleep(moment * seconds * 1000), end]);
      const isRunning = child.exitCode === null && child.signalCode === null;
      if (isRunning && name === "SIGINT") signal(child, name);
      else if (isRunning) killAll(child.pid as number);
      await end;
      const before_ = seconds;
      await change();
      seconds = before_;
      repaired += 1;
    });
  }

  it("is taken down while it is interrupted, and nothing is left", async () => {
    const child = start("--yes");
    const end = ended(child);
    await Promise.race([sleep(seconds * 500), end]);
    if (child.exitCode === null) killAll(child.pid as number);
    await end;
    const down = await lab.run("down", "--yes");
    assert.equal(down.code, 0, down.stdout + down.stderr);
    const left = added(empty, await snapshot("existing")).filter((line) => line.includes(lab.name));
    assert.deepEqual(left, []);
  });
});

/** The kind and name of every object of the monitoring, except what controllers make of them. */
async function objectsOf({ name, settings }: StackUnderTest): Promise<string[]> {
  const config = kubeConfigOf(settings);
  const namespace = `latency-lab-${name}-monitoring`;
  const [core, apps, rbac] = [
    config.makeApiClient(CoreV1Api),
    config.makeApiClient(AppsV1Api),
    config.makeApiClient(RbacAuthorizationV1Api),
  ];
  const lists = await Promise.all([
    core.listNamespacedConfigMap({ namespace }),
    core.listNamespacedSecret({ namespace }),
    core.listNamespacedService({ namespace }),
    core.listNamespacedServiceAccount({ namespace }),
    core.listNamespacedPersistentVolumeClaim({ namespace }),
    apps.listNamespacedDeployment({ namespace }),
    apps.listNamespacedDaemonSet({ namespace }),
    apps.listNamespacedStatefulSet({ namespace }),
    rbac.listNamespacedRole({ namespace }),
    rbac.listNamespacedRoleBinding({ namespace }),
    rbac.listClusterRole(),
    rbac.listClusterRoleBinding(),
  ]);
  return lists
    .flatMap(({ kind, items }) => items.map(({ metadata }) => `${kind} ${metadata?.name}`))
    .filter((line) => !/^ClusterRole/.test(line) || line.includes(name))
    .filter((line) => !line.includes("sh.helm.release"))
    .toSorted();
}
