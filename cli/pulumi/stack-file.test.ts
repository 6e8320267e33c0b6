import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDocument, stringify } from "yaml";
import { UserError } from "../../stack/errors.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { parseAssignments, settingsInText, withSettings } from "./stack-file.ts";

const settings = (yaml: string) => settingsInText(yaml, "Pulumi.dev.yaml");

describe("a stack's file", () => {
  it("returns every value as text, including numbers that only YAML has", () => {
    const text =
      "config:\n  latency-lab:replicas: 3\n  latency-lab:delayMax: .nan\n  latency-lab:delayMin: 1e999\n";
    assert.deepEqual(settings(text), { replicas: "3", delayMax: "NaN", delayMin: "Infinity" });
  });

  it("leaves a key without a value unset", () => {
    assert.equal(
      readSettings(settings("config:\n  latency-lab:delayMax:\n")).configuration?.server.delay.max,
      2000,
    );
  });

  it("gets settings of the command line, and loses those with an empty value", () => {
    const text = "config:\n  latency-lab:maxReplicas: 3 # peak\n  latency-lab:delayMax: 1s\n";
    const values = new Map([
      ["maxReplicas", ""],
      ["replicas", "2"],
      ["persistence", ""],
    ]);
    const written = withSettings(parseDocument(text), values);
    assert.equal(written, "config:\n  latency-lab:delayMax: 1s\n  latency-lab:replicas: 2\n");
    assert.deepEqual(settings(withSettings(parseDocument(""), values)), { replicas: "2" });
  });

  it("with invalid YAML or an unresolved alias is reported", () => {
    for (const text of ["config: [", "config:\n  latency-lab:name: *nothing\n", "a: 1\na: 2\n"]) {
      assert.throws(() => settings(text), /Pulumi\.dev\.yaml is not YAML[\s\S]*git checkout/, text);
    }
    const copies = (of: string) => `[${`*${of}, `.repeat(20)}]`;
    const bomb = `a: &a [x]\nb: &b ${copies("a")}\nc: &c ${copies("b")}\nd: &d ${copies("c")}\nconfig: ${copies("d")}\n`;
    assert.throws(() => settings(bomb), /is not YAML/);
  });

  it("with any content is read, or refused with a message", () => {
    const document = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc
        .object({ withNullPrototype: true, withBigInt: true, key: fc.string() })
        .map((value) => stringify(value)),
      fc.dictionary(fc.string(), fc.anything()).map((config) =>
        stringify({
          config: Object.fromEntries(Object.entries(config).map(([k, v]) => [`latency-lab:${k}`, v])),
        }),
      ),
    );
    fc.assert(
      fc.property(document, (text) => {
        try {
          for (const value of Object.values(settings(text))) assert.equal(typeof value, "string");
          readSettings(settings(text));
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("--config", () => {
  it("does not accept names of every object's properties", () => {
    for (const key of ["__proto__", "constructor", "toString"]) {
      const raw = Object.fromEntries(parseAssignments([`${key}=x`]));
      assert.equal(readSettings(raw).problems[0]?.what, `${key} is not a setting of latency-lab`);
    }
  });

  it("refuses an invalid assignment without printing its control characters", () => {
    assert.throws(() => parseAssignments(["a\x1b[2Jb"]), /--config "a\\u001b\[2Jb" is not KEY=VALUE/);
  });
});
