import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentVariable, flagName } from "./settings/read.ts";
import { readServerSettings, secondsToStop, serverSettings } from "./settings.ts";

const problems = (texts: Parameters<typeof readServerSettings>[0]) =>
  readServerSettings(texts).problems.map(({ setting, value, allowed }) => `${setting}=${value}: ${allowed}`);

test("every default is allowed", () => {
  for (const [key, setting] of Object.entries(serverSettings)) {
    if (setting.default !== undefined) assert.notEqual(setting.parse(setting.default), undefined, key);
  }
  assert.deepEqual(problems({}), []);
});

test("a setting has one name in three spellings", () => {
  assert.equal(environmentVariable("delaySlowShare"), "DELAY_SLOW_SHARE");
  assert.equal(flagName("delaySlowShare"), "--delay-slow-share");
  assert.equal(environmentVariable("port"), "PORT");
});

test("no two settings share an environment variable", () => {
  const names = Object.keys(serverSettings).map(environmentVariable);
  assert.equal(new Set(names).size, names.length);
});

test("requests are drained for longer than the longest delay, unless it is set otherwise", () => {
  assert.equal(readServerSettings({ delayMax: "30s" }).values?.drainTimeout, 35_000);
  assert.equal(readServerSettings({ delayMax: "30s", drainTimeout: "1s" }).values?.drainTimeout, 1000);
});

test("stopping takes as long as serving on and draining together", () => {
  assert.equal(secondsToStop({ shutdownTimeout: 2000, drainTimeout: 7000 }), 10);
  assert.equal(secondsToStop({ shutdownTimeout: 1500, drainTimeout: 0 }), 3);
});

test("problems of the delays and of everything else are found at once", () => {
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

test("a share may be written as a percentage", () => {
  assert.equal(readServerSettings({ errorRate: "5%" }).values?.errorRate, 0.05);
  assert.equal(readServerSettings({ errorRate: "0.05" }).values?.errorRate, 0.05);
  assert.deepEqual(readServerSettings({ errorStatus: "500:3,503" }).values?.errorStatus, [
    { value: 500, weight: 3 },
    { value: 503, weight: 1 },
  ]);
});

test("metrics on a port of their own need another port", () => {
  assert.match(problems({ metricsPort: "19004" })[0] ?? "", /^metricsPort=19004: another port/);
  assert.deepEqual(problems({ metricsPort: "0", port: "0" }), []);
});
