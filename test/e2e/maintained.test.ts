// The exercise on the maintained versions, where they differ: what is scraped, logged and shown.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Grafana } from "../../cli/clients/grafana.ts";
import { added, snapshot } from "../cluster.ts";
import { maintained, noExistingCluster } from "../environment.ts";
import { changed, figure, StackUnderTest, type UpResult } from "../stack.ts";
import { dashboardTests, groundTruthSeed, groundTruthTest } from "./dashboards.ts";

const charts = maintained();
const skip = "missing" in charts ? charts.missing : noExistingCluster();
const kind = "maintained versions";

describe("the exercise on maintained versions", { skip }, () => {
  let lab: StackUnderTest;
  let up: UpResult;
  let grafana: Grafana;
  let empty: string[];

  before(async () => {
    const given = "settings" in charts ? charts.settings : {};
    lab = new StackUnderTest("e2e-maintained", "existing", { ...given, delaySeed: groundTruthSeed });
    empty = await snapshot("existing");
  });
  after(() => lab.end());

  it("comes up with one setting, and passes every check", async () => {
    up = await lab.up();
    figure(`up from nothing, ${kind}`, `${up.seconds.toFixed(1)} s`, "≤ 60 s");
    await lab.verified();
    grafana = new Grafana(String(up.outputs.grafanaUrl), "admin", await lab.password());
  });

  groundTruthTest(() => ({
    kind,
    grafana,
    serverUrl: String(up.outputs.serverUrl),
    namespace: up.outputs.namespaces.server,
  }));

  dashboardTests(() => ({ kind, stack: lab, grafana }));

  it("changes nothing in a second run", async () => {
    assert.equal(changed(await lab.up()), 0);
  });

  it("leaves nothing behind", async () => {
    await lab.down();
    const left = added(empty, await snapshot("existing")).filter((line) => line.includes(lab.name));
    assert.deepEqual(left, []);
  });
});
