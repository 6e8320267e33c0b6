import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertingRules, type DashboardOptions, recordingRules } from "../../dashboards/index.ts";

/** What promtool said, and whether it was content. */
interface Verdict {
  readonly passed: boolean;
  readonly said: string;
}

/** A test file of promtool (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/). */
export interface RuleTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { series: string; values: string }[];
  readonly promql_expr_test?: readonly {
    eval_time: string;
    expr: string;
    exp_samples: readonly { labels: string; value: number }[];
  }[];
  readonly alert_rule_test?: readonly {
    eval_time: string;
    alertname: string;
    exp_alerts: readonly { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[];
  }[];
}

const files = ["recording_rules.json", "alerting_rules.json"];

/** Lets promtool read the rules. */
export function checkRules(options: DashboardOptions): Promise<Verdict> {
  return inFolder(options, (folder) =>
    promtool(folder, ["check", "rules", "--lint=all", "--lint-fatal", ...files]),
  );
}

/** Lets promtool run the rules on made-up series. */
export function testRules(options: DashboardOptions, tests: readonly RuleTest[]): Promise<Verdict> {
  const groups = [...alertingRules(options).groups, ...recordingRules(options).groups];
  return inFolder(options, (folder) => {
    writeFileSync(
      join(folder, "tests.json"),
      JSON.stringify({
        rule_files: files,
        evaluation_interval: `${options.scrapeInterval}s`,
        // Prometheus evaluates groups in no order: the slowest is that alerts see what was recorded the time before.
        group_eval_order: groups.map(({ name }) => name),
        tests,
      }),
    );
    return promtool(folder, ["test", "rules", "tests.json"]);
  });
}

async function inFolder<T>(options: DashboardOptions, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-rules-"));
  try {
    writeFileSync(join(folder, "recording_rules.json"), JSON.stringify(recordingRules(options)));
    writeFileSync(join(folder, "alerting_rules.json"), JSON.stringify(alertingRules(options)));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function promtool(cwd: string, args: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile("promtool", args, { cwd }, (error, stdout, stderr) => {
      resolve({ passed: error === null, said: `${stdout}${stderr}` });
    });
  });
}
