import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { UserError } from "../../stack/errors.ts";
import { removeCheckpoints, restoreCheckpoint, State, type StateResource } from "./state.ts";

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
      ],
      pending_operations: [{ type: "creating", resource: resource("pod") }],
    },
  });
  const { resources, pending_operations } = state.without(({ type }) => type === "node").deployment;

  it("has nothing that would have been deleted with it, and nothing that was begun", () => {
    assert.deepEqual(
      resources.map(({ type }: StateResource) => type),
      ["provider", "image"],
    );
    assert.deepEqual(pending_operations, []);
  });

  it("has nothing that depends on it", () => {
    assert.doesNotMatch(JSON.stringify(resources), /::node/);
    assert.deepEqual(resources[0].propertyDependencies, { kubeconfig: [], context: [] });
  });
});

describe("the state of a stack in files", () => {
  let folder: string;
  let file: string;
  let backups: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-state-"));
    mkdirSync(join(folder, ".pulumi", "stacks", "project"), { recursive: true });
    backups = join(folder, ".pulumi", "backups", "project", "dev");
    mkdirSync(backups, { recursive: true });
    file = join(folder, ".pulumi", "stacks", "project", "dev.json");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const restore = () => restoreCheckpoint(folder, "project", "dev");
  const state = (text: string) => JSON.stringify({ version: 3, checkpoint: { stack: text } }, null, 4);
  const half = (text: string) => state(text).slice(0, state(text).length / 2);

  it("is left alone when it is whole, and when there is none", () => {
    assert.equal(restore(), undefined);
    writeFileSync(file, state("now"));
    writeFileSync(`${file}.bak`, state("before"));
    assert.equal(restore(), undefined);
    assert.equal(readFileSync(file, "utf8"), state("now"));
  });

  it("is what it was before the last step when it was cut off, or is empty", () => {
    writeFileSync(`${file}.bak`, state("before"));
    for (const cut of [half("now"), ""]) {
      writeFileSync(file, cut);
      assert.equal(restore()?.file, `${file}.bak`);
      assert.equal(readFileSync(file, "utf8"), state("before"));
    }
  });

  it("is what it was after the last run when that is cut off too", () => {
    writeFileSync(file, half("now"));
    writeFileSync(`${file}.bak`, half("before"));
    writeFileSync(join(backups, "dev.1700000000000000001.json"), state("first"));
    writeFileSync(join(backups, "dev.1700000000000000002.json"), state("second"));
    writeFileSync(join(backups, "dev.1700000000000000003.json"), half("third"));
    restore();
    assert.equal(readFileSync(file, "utf8"), state("second"));
  });

  it("can't be put back without a copy, and what to do is said", () => {
    writeFileSync(file, half("now"));
    assert.throws(restore, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /the state of the stack dev can't be read/);
      assert.match(error.message, /cut off while it was written/);
      assert.match(error.message, /fix: rm .*dev\.json && npm run up/);
      return true;
    });
    assert.equal(readFileSync(file, "utf8"), half("now"));
  });

  it("is gone with all its copies when the stack is", () => {
    for (const path of [`${file}.bak`, `${file}.bak.attrs`, join(backups, "dev.1.json"), `${folder}/kept`]) {
      writeFileSync(path, state("before"));
    }
    removeCheckpoints(folder, "project", "dev");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    assert.deepEqual(
      files.map(({ name }) => name),
      ["kept"],
    );
  });

  it("is somebody else's business in a backend that keeps no files here", () => {
    assert.equal(restoreCheckpoint("s3://bucket", "project", "dev"), undefined);
    assert.equal(restoreCheckpoint("https://api.pulumi.com", "project", "dev"), undefined);
  });
});
