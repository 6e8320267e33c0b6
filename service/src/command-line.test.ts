import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../testing/process.ts";
import { loadSettings } from "./load/settings.ts";
import { environmentVariable, flagName } from "./settings/read.ts";
import { serverSettings } from "./settings.ts";

test("--help explains every setting, as a flag and as a variable, with its default", async (t) => {
  for (const [args, settings] of [
    [["--help"], serverSettings],
    [["load", "-h"], loadSettings],
  ] as const) {
    const { ended, output } = program(t, args);
    assert.equal(await ended, 0);
    for (const [key, setting] of Object.entries(settings)) {
      const fallback = setting.default ?? "unset";
      assert.ok(
        output().includes(`${flagName(key)} <${setting.type}>, ${environmentVariable(key)} (${fallback})`),
        key,
      );
    }
  }
});

test("everything wrong is said at once, under the name by which it was set, and nothing is started", async (t) => {
  const { ended, errors, output } = program(
    t,
    ["--delay-max", "2", "--error-rate=7", "--bogus", "x", "stray"],
    {
      DELAY_MIN: "fast",
      PORT: "http",
    },
  );
  assert.equal(await ended, 2);
  assert.equal(output(), "");
  assert.deepEqual(errors().trimEnd().split("\n"), [
    'error: there is no setting "--bogus"',
    'error: there is no setting "stray"',
    'error: DELAY_MIN is "fast", and must be a duration from 0s to 1h, such as 250ms, 1.5s or 2m',
    'error: --delay-max is "2", and must be a duration from 0s to 1h, such as 250ms, 1.5s or 2m',
    'error: --error-rate is "7", and must be a share from 0 to 1, such as 0.05, or a percentage, such as 5%',
    'error: PORT is "http", and must be a whole number from 0 to 65535',
    "--help lists every setting",
  ]);
});

test("a flag without a value is told so", async (t) => {
  const { ended, errors } = program(t, ["--port"]);
  assert.equal(await ended, 2);
  assert.match(errors(), /^error: --port needs a value\n/);
});

test("flags win over the environment", async (t) => {
  const { ended, errors } = program(t, ["--delay-max", "1s"], { DELAY_MAX: "nonsense", DELAY_MIN: "2s" });
  assert.equal(await ended, 2);
  assert.match(errors(), /^error: DELAY_MIN is "2s", and must be at most delayMax \(1s\)\n--help/);
});

test("a value that Kubernetes sets for a Service is told where it comes from", async (t) => {
  const { ended, errors } = program(t, [], { METRICS_PORT: "tcp://10.43.0.9:9090" });
  assert.equal(await ended, 2);
  assert.match(
    errors(),
    /^error: METRICS_PORT is "tcp:\/\/10\.43\.0\.9:9090", and must be a whole number.*\n.*Service named metrics:\n.*enableServiceLinks: false.*or METRICS_PORT itself\n/,
  );
  const load = program(t, ["load"], { LOAD_PORT: "tcp://10.43.0.9:80" });
  assert.equal(await load.ended, 2);
  assert.match(load.errors(), /LOAD_PORT is "tcp.*\n.*Service named load:/);
  const flag = program(t, ["--metrics-port", "tcp://10.43.0.9:9090"]);
  assert.equal(await flag.ended, 2);
  assert.doesNotMatch(flag.errors(), /Kubernetes/);
});

test("a host without an address is named, and the kind of machine that compilers call host", async (t) => {
  const triple = program(t, [], { HOST: "x86_64-conda-linux-gnu", PORT: "0" });
  assert.equal(await triple.ended, 1);
  assert.match(
    triple.errors(),
    /^error: HOST is "x86_64-conda-linux-gnu", and has no address: E\w+\n.*conda.*\n.*unset HOST/,
  );
  const name = program(t, [], { HOST: "no-such-host.invalid", PORT: "0" });
  assert.equal(await name.ended, 1);
  assert.match(name.errors(), /^error: HOST is "no-such-host.invalid".*\n {2}unset HOST/);
});
