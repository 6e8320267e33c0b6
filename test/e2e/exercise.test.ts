// The whole exercise on each kind of cluster, as a new user does it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../../cli/clients/eventually.ts";
import { Grafana } from "../../cli/clients/grafana.ts";
import { query } from "../../cli/clients/prometheus.ts";
import { added, snapshot } from "../cluster.ts";
import { noExistingCluster } from "../environment.ts";
import { changed, figure, StackUnderTest, type UpResult } from "../stack.ts";
import { dashboardTests, groundTruthSeed, groundTruthTest, incidentTest } from "./dashboards.ts";

/** Limits of `up` from nothing and of `down`, in seconds. */
interface Limits {
  readonly up: number;
  readonly down: number;
}

exerciseOn("existing", { up: 60, down: 60 }, noExistingCluster());
exerciseOn("local", { up: 90, down: 15 });

function exerciseOn(kind: "local" | "existing", limits: Limits, skip: string | false = false): void {
  describe(`the exercise on a cluster of kind ${kind}`, { skip }, () => {
    let stack: StackUnderTest;
    let left: string[];
    let lab: UpResult;
    let grafana: Grafana;
    let password: string;

    before(async () => {
      left = await snapshot(kind);
      stack = new StackUnderTest("e2e", kind, { delaySeed: groundTruthSeed });
    });
    after(() => stack.end());

    it("comes up with one command on a fresh clone, and `up` ends when a latency is visible", async () => {
      lab = await stack.up();
      assert.ok(lab.firstLatencySeconds !== undefined && lab.firstLatencySeconds >= 0);
      assert.match(String(lab.outputs.image), /@sha256:[0-9a-f]{64}$/);
      figure(`up from nothing, ${kind}`, `${lab.seconds.toFixed(1)} s`, `≤ ${limits.up} s`);
    });

    it("prints the password only when asked for it", async () => {
      assert.equal(lab.outputs.grafanaPassword, undefined);
      password = await stack.password();
      grafana = new Grafana(String(lab.outputs.grafanaUrl), String(lab.outputs.grafanaUser), password);
      await grafana.get("/api/org");
      const wrong = new Grafana(String(lab.outputs.grafanaUrl), "admin", "admin");
      await assert.rejects(wrong.get("/api/org"), /401/);
    });

    it("counts in Prometheus exactly the requests that were sent", async () => {
      // A status that the load generator never requests.
      const selector = `http_request_duration_seconds_count{namespace="${lab.outputs.namespaces.server}",status="418"}`;
      const requests = 50;
      const url = `${lab.outputs.serverUrl}/status/418`;
      const answers = await Promise.all(Array.from({ length: requests }, () => fetch(url)));
      for (const answer of answers) assert.equal(answer.status, 418);
      await eventually(async () => {
        const [sample] = await query(String(lab.outputs.prometheusUrl), `sum(${selector})`);
        assert.equal(sample?.value, requests);
      });
    });

    it("has a log line of each of them in Loki", async () => {
      const lines = `{namespace="${lab.outputs.namespaces.server}"} |= "/status/418"`;
      await eventually(async () => {
        const frames = await grafana.query("loki", lines);
        const found = frames.flatMap(({ data }) => data.values[0] ?? []).length;
        // If a line is missing, show the counters of Promtail and Loki.
        if (found !== 50)
          assert.fail(`${found} lines of 50\n${await linesOnTheirWay(String(lab.outputs.prometheusUrl))}`);
        // No line may be lost, however long a busy machine takes to deliver it.
      }, 150);
    });

    it("has healthy datasources in Grafana", async () => {
      const health = await grafana.get<{ status: string }>("/api/datasources/uid/prometheus/health");
      assert.equal(health.status, "OK");
      const all = await grafana.get<{ uid: string }[]>("/api/datasources");
      const uids = all.map(({ uid }) => uid);
      assert.ok(uids.includes("prometheus") && uids.includes("loki"), uids.join(", "));
    });

    it("shows a provisioned dashboard as its home page", async () => {
      const uid = String(lab.outputs.dashboardUrl).split("/d/")[1]?.split(/[/?]/)[0];
      const { dashboard } = await grafana.get<{ dashboard: { uid: string; panels: unknown[] } }>(
        `/api/dashboards/uid/${uid}`,
      );
      assert.equal(dashboard.uid, uid);
      assert.ok(dashboard.panels.length > 0);
    });

    const shown = () => ({ kind, stack, grafana });
    groundTruthTest(() => ({
      kind,
      grafana,
      serverUrl: String(lab.outputs.serverUrl),
      namespace: lab.outputs.namespaces.server,
    }));
    dashboardTests(shown);
    incidentTest(shown, kind === "local" ? "errors" : "latency");

    it("passes `npm run verify`", async () => {
      const { checks } = await stack.json<{ checks: { name: string; ok: boolean; saw: string }[] }>("verify");
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
      assert.ok(checks.length >= 9);
    });

    it("does not change when `up` runs again", async () => {
      const again = await stack.up();
      figure(`second up, ${kind}`, `${again.seconds.toFixed(1)} s, ${changed(again)} changes`, "0 changes");
      assert.equal(changed(again), 0, JSON.stringify(again.changes));
      assert.equal(again.outputs.image, lab.outputs.image);
    });

    it("is the same stack for plain pulumi", async (t) => {
      const preview = await stack.pulumi("preview --expect-no-changes --non-interactive");
      if (
        /no language plugin|language plugin .* not found|could not find.*pulumi-language-nodejs/i.test(
          preview.stderr,
        )
      ) {
        t.skip("Pulumi's Node.js language host is not installed");
        return;
      }
      assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    });

    it("rolls out changed source and nothing else", async () => {
      const file = join(stack.checkout.folder, "service", "src", "main.ts");
      writeFileSync(file, `${readFileSync(file, "utf8")}\nprocess.title = "delayed-server-changed";\n`);
      const changedRun = await stack.up();
      assert.notEqual(changedRun.outputs.image, lab.outputs.image);
      const { create = 0, delete: deleted = 0, ...rest } = changedRun.changes;
      assert.equal(create + deleted, 0, JSON.stringify(changedRun.changes));
      assert.ok((rest.update ?? 0) + (rest.replace ?? 0) >= 1);
      const answer = await fetch(`${lab.outputs.serverUrl}/delay/1ms`);
      assert.equal(answer.status, 200);
    });

    it("leaves nothing behind after `down`", async () => {
      const { seconds } = await stack.json<{ seconds: number }>("down", "--yes");
      figure(`down, ${kind}`, `${seconds.toFixed(1)} s`, `≤ ${limits.down} s`);
      assert.deepEqual(added(left, await snapshot(kind)), []);
    });
  });
}

/** The counters of Promtail and Loki, to see where log lines were lost. */
async function linesOnTheirWay(prometheusUrl: string): Promise<string> {
  const questions = [
    'sum(promtail_read_lines_total{path=~".*delayed-server.*"})',
    "sum(promtail_sent_entries_total)",
    "sum by (reason) (promtail_dropped_entries_total)",
    "sum by (status_code) (promtail_request_duration_seconds_count)",
    "sum by (reason) (loki_discarded_samples_total)",
    "sum(loki_distributor_lines_received_total)",
    "sum by (container) (kube_pod_container_status_restarts_total) > 0",
  ];
  const answers = await Promise.all(
    questions.map(async (question) => {
      const samples = await query(prometheusUrl, question);
      const said = samples.map(({ metric, value }) => `${Object.values(metric).join(" ")} ${value}`.trim());
      return `${question}: ${said.length === 0 ? "nothing" : said.join(", ")}`;
    }),
  );
  return answers.join("\n");
}
