import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { dashboardUids, datasourceUids } from "../../dashboards/index.ts";

const main = join(import.meta.dirname, "..", "main.ts");

describe("npm run dashboards", () => {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-dashboards-"));
  const yaml = (name: string) => parse(readFileSync(join(folder, name), "utf8"));
  before(() => {
    const flags = ["--config", "alertTimeScale=1", "--prometheus-url", "http://mine:9090"];
    execFileSync(process.execPath, [
      "--disable-warning=ExperimentalWarning",
      main,
      "dashboards",
      "--out",
      folder,
      ...flags,
    ]);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("writes every dashboard, the rules, the routing of alerts and the datasources", () => {
    assert.deepEqual(globSync("**/*.*", { cwd: folder }).sort(), [
      "alertmanager/alertmanager.yml",
      ...Object.values(dashboardUids)
        .map((uid) => `dashboards/${uid}.json`)
        .sort(),
      "provisioning/datasources.yaml",
      "rules/alerting_rules.yml",
      "rules/recording_rules.yml",
    ]);
  });

  it("with the given settings, for the user's Prometheus", () => {
    const { expr } = yaml("rules/alerting_rules.yml").groups[0].rules[0];
    assert.match(expr, /window="1h"/);
    const [prometheus] = yaml("provisioning/datasources.yaml").datasources;
    assert.equal(prometheus.url, "http://mine:9090");
    assert.equal(prometheus.uid, datasourceUids.prometheus);
  });

  it("for every delayed server of any stack", () => {
    const rules = readFileSync(join(folder, "rules/recording_rules.yml"), "utf8");
    assert.doesNotMatch(rules, /app_kubernetes_io_instance/);
    const model = JSON.parse(readFileSync(join(folder, "dashboards/delayed-server.json"), "utf8"));
    const namespace = model.templating.list.find(({ name }: { name: string }) => name === "namespace");
    assert.deepEqual(namespace.current.value, ["$__all"]);
  });
});
