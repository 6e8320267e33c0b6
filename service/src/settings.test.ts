import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentVariable, flagName, type Setting } from "./setting-kinds.ts";
import { readServerSettings, secondsToStop, serverSettings } from "./settings.ts";

const problems = (texts: Parameters<typeof readServerSettings>[0]) =>
  readServerSettings(texts).problems.map(({ setting, value, allowed }) => `${setting}=${value}: ${allowed}`);

test("every default is valid", () => {
  for (const [key, setting] of Object.entries<Setting>(serverSettings)) {
    if (setting.default !== undefined) assert.notEqual(setting.parse(setting.default), undefined, key);
  }
  assert.deepEqual(problems({}), []);
});

test("the environment variable and the flag follow from the setting's name", () => {
  assert.equal(environmentVariable("delaySlowShare"), "DELAY_SLOW_SHARE");
  assert.equal(flagName("delaySlowShare"), "--delay-slow-share");
  assert.equal(environmentVariable("port"), "PORT");
});

test("no two settings share an environment variable", () => {
  const names = Object.keys(serverSettings).map(environmentVariable);
  assert.equal(new Set(names).size, names.length);
});

test("the default drain timeout exceeds the maximum delay", () => {
  assert.equal(readServerSettings({ delayMax: "30s" }).values?.drainTimeout, 35_000);
  assert.equal(readServerSettings({ delayMax: "30s", drainTimeout: "1s" }).values?.drainTimeout, 1000);
});

test("the time to stop covers the shutdown timeout and the drain timeout", () => {
  assert.equal(secondsToStop({ shutdownTimeout: 2000, drainTimeout: 7000 }), 10);
  assert.equal(secondsToStop({ shutdownTimeout: 1500, drainTimeout: 0 }), 3);
});

test("invalid delays and other invalid settings are reported together", () => {
  const wrong = {
    delayMin: "x",
    errorRate: "1.5",
    errorStatus: "200",
    host: "a b",
    port: "70000",
    logFormat: "xml",
    naiveBuckets: "yes",
    maxBodySize: "1MB",
    keepAliveTimeout: "0s",
  };
  assert.deepEqual(
    readServerSettings(wrong).problems.map(({ setting }) => setting),
    Object.keys(wrong),
  );
});

test("a share can be a percentage", () => {
  assert.equal(readServerSettings({ errorRate: "5%" }).values?.errorRate, 0.05);
  assert.equal(readServerSettings({ errorRate: "0.05" }).values?.errorRate, 0.05);
  assert.deepEqual(readServerSettings({ errorStatus: "500:3,503" }).values?.errorStatus, [
    { value: 500, weight: 3 },
    { value: 503, weight: 1 },
  ]);
});

test("metricsPort must differ from port", () => {
  assert.match(problems({ metricsPort: "19004" })[0] ?? "", /^metricsPort=19004: different from port/);
  assert.deepEqual(problems({ metricsPort: "0", port: "0" }), []);
});
