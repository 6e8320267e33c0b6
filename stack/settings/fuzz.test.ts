// Thousands of random configurations: each is either refused with a helpful message, or gives a plan
// that can't fail later because of its settings.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { alertingRules, defaultOptions, recordingRules, retentionDays } from "../../dashboards/index.ts";
import { loadSettings } from "../../service/src/load/settings.ts";
import { readEach } from "../../service/src/setting-kinds.ts";
import { readServerSettings, secondsToStop } from "../../service/src/settings.ts";
import { anySettings, anyStack } from "../../test/any-settings.ts";
import { notInstalled } from "../../test/environment.ts";
import { checkRules } from "../../test/promtool.ts";
import { record } from "../../test/recorded-program.ts";
import { registriesYaml } from "../cluster/local-node.ts";
import { type Problem, shown } from "../errors.ts";
import { dashboardOptions } from "../monitoring/options.ts";
import { monitoringValues } from "../monitoring/values.ts";
import { chartOf } from "../monitoring/versions.ts";
import { hash, makePlan, type Plan, usedPorts } from "../plan.ts";
import { type RawSettings, readSettings } from "./read.ts";

/** `FUZZ_SEED` (any text) selects the configurations; `FUZZ_RUNS` sets their number. */
const seedText = process.env.FUZZ_SEED ?? "latency-lab";
const seed = hash(seedText) | 0;
const runs = Number(process.env.FUZZ_RUNS ?? 2500);
/** Number of configurations that run through the whole program, and through promtool. */
const samples = { program: 40, rules: 25 };
const parameters = { seed, numRuns: runs };

describe(`random settings (FUZZ_SEED=${seedText})`, () => {
  const counted = { planned: 0, refused: 0 };
  after(() =>
    console.log(`# random settings: ${runs}, ${counted.planned} planned, ${counted.refused} refused`),
  );

  it(`${runs} of them either plan or are refused by name, before anything is made`, () => {
    fc.assert(
      fc.property(anySettings, anyStack, (raw, stack) => {
        const { configuration, problems } = readSettings(raw, stack);
        if (configuration === undefined) {
          counted.refused++;
          for (const one of problems) isHelpful(one, raw);
          return;
        }
        counted.planned++;
        isSound(makePlan(configuration, stack, "/project"));
      }),
      parameters,
    );
    // Some configurations must be valid, or only half of the code would be tested.
    assert.ok(counted.planned > runs / 10 && counted.refused > runs / 10, JSON.stringify(counted));
  });

  it(`${samples.program} of them that plan run through the whole program`, async () => {
    let ran = 0;
    for (const raw of fc.sample(fc.tuple(anySettings, anyStack), { seed, numRuns: runs })) {
      if (ran === samples.program) break;
      const [settings, stack] = raw;
      if (readSettings(settings, stack).configuration === undefined) continue;
      const { resources } = await record(settings, stack);
      assert.ok(resources.length > 15, JSON.stringify(raw));
      for (const { inputs, name } of resources) isPlainData(inputs, name);
      ran++;
    }
    assert.equal(ran, samples.program);
  });

  it(`Prometheus reads the rules of ${samples.rules} that plan`, {
    skip: notInstalled("promtool"),
  }, async () => {
    let read = 0;
    for (const [raw, stack] of fc.sample(fc.tuple(anySettings, anyStack), { seed, numRuns: runs })) {
      if (read === samples.rules) break;
      const { configuration } = readSettings(raw, stack);
      if (configuration === undefined) continue;
      const { passed, output } = await checkRules(
        dashboardOptions(makePlan(configuration, stack, "/project")),
      );
      assert.ok(passed, `${JSON.stringify(raw)}: ${output}`);
      read++;
    }
  });
});

/** Largest object in etcd and largest ConfigMap, in bytes. */
const objectLimit = 2 ** 20;

/** Checks that a problem has what, why and fix, each printable on one line. */
function isHelpful(problem: Problem, raw: RawSettings): void {
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
function isSound(plan: Plan): void {
  const { settings, names, ports } = plan;
  for (const name of Object.values(names)) assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const used = usedPorts(settings).map((key) => ports[key]);
  assert.equal(new Set(used).size, used.length, `ports collide: ${used}`);

  // The pods must read the planned values.
  const server = readServerSettings(fromEnvironment(plan.environment));
  assert.deepEqual(server.values, plan.server);
  assert.deepEqual(readEach(loadSettings, fromEnvironment(plan.loadEnvironment)).problems, []);
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
  const rules = JSON.stringify([
    alertingRules(options),
    recordingRules(options),
    `${retentionDays(options)}d`,
  ]);
  for (const window of rules.matchAll(/\b(\d+)([smhdwy])\b/g)) isPrometheusDuration(window);
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
function isPlainData(value: unknown, what: string): void {
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
