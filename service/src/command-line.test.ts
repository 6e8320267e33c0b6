import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../testing/process.ts";
import { loadSettings } from "./load/settings.ts";
import { environmentVariable, flagName } from "./setting-kinds.ts";
import { serverSettings } from "./settings.ts";

test("--help lists every setting with its flag, environment variable and default", async (t) => {
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

test("all invalid settings are reported at once, under the name that was used, and nothing starts", async (t) => {
  const { ended, errors, output } = program(t, ["--delay-max", "2", "--error-rate=7", "--bogus", "stray"], {
    DELAY_MIN: "fast",
    PORT: "http",
  });
  assert.equal(await ended, 2);
  assert.equal(output(), "");
  assert.deepEqual(errors().trimEnd().split("\n"), [
    'error: unknown setting "--bogus"',
    'error: unknown setting "stray"',
    'error: invalid value "fast" for DELAY_MIN: must be a duration from 0s to 1h, such as 250ms, 1.5s or 2m',
    'error: invalid value "2" for --delay-max: must be a duration from 0s to 1h, such as 250ms, 1.5s or 2m',
    'error: invalid value "7" for --error-rate: must be a share from 0 to 1, such as 0.05, or a percentage, such as 5%',
    'error: invalid value "http" for PORT: must be a whole number from 0 to 65535',
    "run with --help to list all settings",
  ]);
});

test("a flag without a value is an error", async (t) => {
  const { ended, errors } = program(t, ["--port"]);
  assert.equal(await ended, 2);
  assert.match(errors(), /^error: --port requires a value\n/);
});

test("flags override environment variables", async (t) => {
  const { ended, errors } = program(t, ["--delay-max", "1s"], { DELAY_MAX: "nonsense", DELAY_MIN: "2s" });
  assert.equal(await ended, 2);
  assert.match(
    errors(),
    /^error: invalid value "2s" for DELAY_MIN: must be at most delayMax \(1s\)\nrun with --help/,
  );
});

test("the error for a value that Kubernetes sets for a Service explains its origin", async (t) => {
  const { ended, errors } = program(t, [], { METRICS_PORT: "tcp://10.43.0.9:9090" });
  assert.equal(await ended, 2);
  assert.match(
    errors(),
    /^error: invalid value "tcp:\/\/10\.43\.0\.9:9090" for METRICS_PORT: must be a whole number.*\n.*Service named metrics:\n.*enableServiceLinks: false.*or set METRICS_PORT explicitly\n/,
  );
  const load = program(t, ["load"], { LOAD_PORT: "tcp://10.43.0.9:80" });
  assert.equal(await load.ended, 2);
  assert.match(load.errors(), /"tcp.* for LOAD_PORT: .*\n.*Service named load:/);
  const flag = program(t, ["--metrics-port", "tcp://10.43.0.9:9090"]);
  assert.equal(await flag.ended, 2);
  assert.doesNotMatch(flag.errors(), /Kubernetes/);
});

test("the error for a host that cannot be resolved names it, and explains a machine type set by a compiler environment", async (t) => {
  const triple = program(t, [], { HOST: "x86_64-conda-linux-gnu", PORT: "0" });
  assert.equal(await triple.ended, 1);
  assert.match(
    triple.errors(),
    /^error: cannot resolve HOST "x86_64-conda-linux-gnu": E\w+\n.*conda.*\n.*unset HOST/,
  );
  const name = program(t, [], { HOST: "no-such-host.invalid", PORT: "0" });
  assert.equal(await name.ended, 1);
  assert.match(name.errors(), /^error: cannot resolve HOST "no-such-host.invalid".*\n {2}unset HOST/);
});
