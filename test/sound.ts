// Properties that every refusal and every plan must have.
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { alertingRules, defaultOptions } from "../dashboards/index.ts";
import { readLoadSettings } from "../service/src/load/settings.ts";
import { readServerSettings, secondsToStop } from "../service/src/settings.ts";
import { registriesYaml } from "../stack/cluster/local-node.ts";
import type { Problem } from "../stack/errors.ts";
import { shown } from "../stack/errors.ts";
import { chartOf } from "../stack/monitoring/chart.ts";
import { dashboardOptions } from "../stack/monitoring/options.ts";
import { monitoringValues } from "../stack/monitoring/values.ts";
import type { Plan } from "../stack/plan.ts";
import { usedPorts } from "../stack/plan.ts";
import type { RawSettings } from "../stack/settings/read.ts";

/** Largest object in etcd and largest ConfigMap, in bytes. */
const objectLimit = 2 ** 20;

/** Checks that a problem has what, why and fix, each printable on one line. */
export function isHelpful(problem: Problem, raw: RawSettings): void {
  for (const [part, text] of Object.entries(problem)) {
    assert.match(text, /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u, `${part}: ${JSON.stringify(text)}`);
    assert.ok(text.length < 1500, `${part} has ${text.length} characters`);
  }
  assert.match(problem.fix, /npm run|--stack/);
  const named = Object.keys(raw).some((key) => key !== "" && problem.what.includes(key));
  const escaped = Object.keys(raw).some((key) => problem.what.includes(shown(key)));
  // A problem of two settings may be named after the one with its default value.
  const together = /^(delay|maxReplicas|\w+Port and|latencyThreshold|\w+Objective|cluster|registryUsername)/;
  assert.ok(named || escaped || together.test(problem.what), `${problem.what}: ${Object.keys(raw)}`);
}

/** Checks that everything derived from a plan is valid. */
export function isSound(plan: Plan): void {
  const { settings, names, ports } = plan;
  for (const name of Object.values(names)) assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const used = usedPorts(settings).map((key) => ports[key]);
  assert.equal(new Set(used).size, used.length, `ports collide: ${used}`);

  // The pods must read the planned values.
  const server = readServerSettings(fromEnvironment(plan.environment));
  assert.deepEqual(server.values, plan.server);
  assert.deepEqual(readLoadSettings(fromEnvironment(plan.loadEnvironment)).problems, []);
  assert.ok(Number.isSafeInteger(secondsToStop(plan.server)));

  const options = dashboardOptions(plan);
  const values = monitoringValues({
    ...settings,
    ...ports,
    grafanaUrl: urlAt(settings.nodeAddress ?? "127.0.0.1", ports.grafanaNodePort),
    prometheusUrl: urlAt(settings.nodeAddress ?? "127.0.0.1", ports.prometheusNodePort),
    release: names.release,
    instance: names.instance,
    dashboards: options,
    passwordVersion: "1",
  });
  isPlainData(values, "values of the release");
  assert.deepEqual(
    parse(stringify(values, { aliasDuplicateObjects: false })),
    JSON.parse(JSON.stringify(values)),
  );
  assert.deepEqual(templatesIn(values), templates);
  const written = JSON.stringify(values, (key, value) => (key === "podAnnotations" ? undefined : value));
  for (const window of written.matchAll(/\b(\d+)([smhdwy])\b/g)) isPrometheusDuration(window);
  const jobs = parse(((values.prometheus as Record<string, string>).extraScrapeConfigs ?? "") || "[]");
  for (const { static_configs } of jobs) assert.deepEqual(static_configs[0].targets, settings.scrapeTargets);

  const { mirrors } = parse(registriesYaml(ports.registryPort, settings.registryMirrors));
  assert.equal(Object.keys(mirrors).length, Object.keys(settings.registryMirrors).length + 1);
  chartOf(settings, plan.root);
}

function fromEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const key = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [key(name), value]));
}

/** Must be a URL that a browser accepts. */
function urlAt(host: string, port: number): string {
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  assert.ok(URL.canParse(url), url);
  return url;
}

/** Checks that JSON and gRPC carry a value unchanged, and that it fits into an object. */
export function isPlainData(value: unknown, what: string): void {
  const text = JSON.stringify(value);
  assert.doesNotMatch(text, /\\u0000|\\ud[89a-f]/i, what);
  assert.ok(text.length < objectLimit, `${what}: ${text.length} bytes`);
}

/** Every text with `{{`: Helm renders some values as templates, Prometheus the annotations. */
function templatesIn(value: unknown): string[] {
  if (typeof value === "string") return value.includes("{{") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return [...new Set(Object.values(value).flatMap(templatesIn))];
}

const templates = templatesIn(alertingRules(defaultOptions()));

/** Prometheus counts nanoseconds in 64 bits: 292 years. */
function isPrometheusDuration([text, amount, unit]: RegExpMatchArray): void {
  const years = { s: 31_536_000, m: 525_600, h: 8760, d: 365, w: 52, y: 1 }[unit as "s"];
  assert.ok(Number(amount) / years < 200, `${text} is too long for Prometheus`);
}
