import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertingRules, type DashboardOptions, recordingRules } from "../dashboards/index.ts";

/** Whether promtool succeeded, and its output. */
interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

/**
 * A test file of promtool
 * (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/).
 */
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

/** Checks the rules with promtool. */
export function checkRules(options: DashboardOptions): Promise<Verdict> {
  return inFolder(options, (folder) =>
    promtool(folder, ["check", "rules", "--lint=all", "--lint-fatal", ...files]),
  );
}

/** Tests the rules with promtool on generated series. */
export function testRules(options: DashboardOptions, tests: readonly RuleTest[]): Promise<Verdict> {
  const groups = [...alertingRules(options).groups, ...recordingRules(options).groups];
  return inFolder(options, (folder) => {
    writeFileSync(
      join(folder, "tests.json"),
      JSON.stringify({
        rule_files: files,
        evaluation_interval: `${options.scrapeInterval}s`,
        // Prometheus evaluates groups in no order. The slowest case is that alerts see the previous recording.
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
      resolve({ passed: error === null, output: `${stdout}${stderr}` });
    });
  });
}

/** Requests per scrape, for a number of scrapes. */
export interface Phase {
  /** Answered fast enough. */
  readonly good: number;
  readonly failed: number;
  /** Answered, but too slowly. */
  readonly slow: number;
  readonly scrapes: number;
}

/** The labels of the server's series in the stack. */
export const serverLabels =
  'app_kubernetes_io_instance="latency-lab", app_kubernetes_io_name="delayed-server", ' +
  'job="kubernetes-pods", namespace="latency-lab", pod="delayed-server-0", instance="10.0.0.1:19004"';

/** The server's counters over these phases, in promtool's notation. */
export function counters(phases: readonly Phase[]): { series: string; values: string }[] {
  const series = (name: string, labels: string, count: (phase: Phase) => number) => ({
    series: `http_request_duration_seconds_${name}{${serverLabels}, ${labels}}`,
    values: counting(phases, count),
  });
  return [
    series("count", 'status="200"', ({ good, slow }) => good + slow),
    series("count", 'status="500"', ({ failed }) => failed),
    series("bucket", 'status="200", le="2"', ({ good }) => good),
    series("bucket", 'status="500", le="2"', ({ failed }) => failed),
    { series: `httpserver_build_info{${serverLabels}}`, values: constant(1, phases) },
    { series: `up{${serverLabels}}`, values: constant(1, phases) },
  ];
}

function counting(phases: readonly Phase[], count: (phase: Phase) => number): string {
  let value = 0;
  const parts = phases.map((phase) => {
    const step = count(phase);
    const from = value + step;
    value += step * phase.scrapes;
    // `a+bxn` stands for n + 1 values.
    return `${from}+${step}x${phase.scrapes - 1}`;
  });
  return parts.join(" ");
}

function constant(value: number, phases: readonly Phase[]): string {
  return `${value}x${phases.reduce((sum, { scrapes }) => sum + scrapes, 0) - 1}`;
}
