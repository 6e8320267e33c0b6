// The files of a stack: its state, and its settings.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { parseDocument, stringify } from "yaml";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { readSettings } from "../../stack/settings/read.ts";
import { backendProblem } from "./backend.ts";
import { parseAssignments, settingsInText, withSettings } from "./stack-file.ts";
import { changedVersions, removeCheckpoints, State, type StateResource } from "./state.ts";

const urn = (name: string) => `urn:pulumi:dev::latency-lab::${name}::${name}`;
const resource = (name: string, more: Partial<StateResource> = {}): StateResource => ({
  urn: urn(name),
  type: name,
  ...more,
});

describe("a state without a resource", () => {
  const state = new State({
    version: 3,
    deployment: {
      resources: [
        resource("node"),
        resource("provider", {
          dependencies: [urn("node")],
          propertyDependencies: { kubeconfig: [urn("node")], context: null },
        }),
        resource("namespace", { deletedWith: urn("node"), provider: `${urn("provider")}::id` }),
        resource("pod", { deletedWith: urn("namespace") }),
        resource("image"),
        resource("release", {
          dependencies: [urn("image"), urn("pod")],
          propertyDependencies: { values: [urn("image"), urn("pod")], name: [urn("pod")] },
        }),
      ],
      pending_operations: [{ type: "creating", resource: resource("pod") }],
    },
  });
  const { resources, pending_operations } = state.without(({ type }) => type === "node").deployment
    .deployment;

  it("has no resources that are deleted with it, and no pending operations", () => {
    assert.deepEqual(
      resources.map(({ type }: StateResource) => type),
      ["provider", "image", "release"],
    );
    assert.deepEqual(pending_operations, []);
  });

  it("has nothing that depends on it", () => {
    assert.doesNotMatch(JSON.stringify(resources), /::(node|pod)/);
  });

  it("keeps the other dependencies: without them, Pulumi would replace a node and not what is in its cluster", () => {
    const release = resources.find(({ type }: StateResource) => type === "release");
    assert.deepEqual(release.dependencies, [urn("image")]);
    assert.deepEqual(release.propertyDependencies, { values: [urn("image")], name: [] });
  });
});

describe("a change of versions", () => {
  const release = (values: object) =>
    new State({
      version: 3,
      deployment: { resources: [resource("kubernetes:helm.sh/v3:Release", { inputs: { values } })] },
    });
  const planWith = (versions: string) => ({ settings: { versions } }) as unknown as Plan;

  it("is seen from the values of the running release", () => {
    const chart = release({ loki: { enabled: true } });
    const maintained = release({ loki: { deploymentMode: "Monolithic" } });
    const change = { from: "chart", to: "maintained" };
    assert.deepEqual(changedVersions(chart, planWith("maintained")), change);
    assert.equal(changedVersions(chart, planWith("chart")), undefined);
    assert.equal(changedVersions(maintained, planWith("maintained")), undefined);
    assert.equal(changedVersions(new State({ version: 3, deployment: {} }), planWith("chart")), undefined);
  });
});

describe("the state of a stack in files", () => {
  let folder: string;
  let file: string;
  let backups: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-state-"));
    mkdirSync(join(folder, ".pulumi", "stacks", "latency-lab"), { recursive: true });
    backups = join(folder, ".pulumi", "backups", "latency-lab", "dev");
    mkdirSync(backups, { recursive: true });
    file = join(folder, ".pulumi", "stacks", "latency-lab", "dev.json");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is deleted with all its copies when the stack is removed", () => {
    for (const path of [`${file}.bak`, `${file}.bak.attrs`, join(backups, "dev.1.json"), `${folder}/kept`]) {
      writeFileSync(path, "{}");
    }
    removeCheckpoints(folder, "dev");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    assert.deepEqual(
      files.map(({ name }) => name),
      ["kept"],
    );
  });

  it("is reported with the command that restores it if Pulumi can't read it", () => {
    const backend = { url: "file:///x", folder: "/x", chosen: undefined };
    const said = "error: failed to load checkpoint: place 1: unexpected end of JSON input";
    const { what, why, fix } = backendProblem(said, backend, "dev");
    assert.match(what, /the state of the stack dev can't be read/);
    assert.match(why ?? "", /stacks.latency-lab.dev\.json: failed to load checkpoint: .* end of JSON/);
    assert.match(fix ?? "", /^pulumi stack import --stack dev --file .*backups.latency-lab.dev over it/);
  });
});

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
