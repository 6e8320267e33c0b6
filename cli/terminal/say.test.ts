import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { forStack, refusedFile } from "./say.ts";

const fixFor = (fix: string, stack: string) => forStack({ what: "", why: "", fix }, stack).fix;

describe("a command in a message", () => {
  it("gets the selected stack", () => {
    assert.equal(
      fixFor("npm run up -- --config delayMin=0s", "test"),
      "npm run up -- --stack test --config delayMin=0s",
    );
    assert.equal(
      fixFor("npm run secret -- registryPassword   (asks for it)", "test"),
      "npm run secret -- --stack test registryPassword   (asks for it)",
    );
    assert.equal(fixFor("npm run up   (goes on)", "test"), "npm run up -- --stack test   (goes on)");
  });

  it("gets no stack for dev, and keeps a stack that it already has", () => {
    assert.equal(fixFor("npm run up", "dev"), "npm run up");
    assert.equal(fixFor("npm run down -- --stack other", "test"), "npm run down -- --stack other");
  });
});

describe("a file that could not be used", () => {
  const folder = mkdtempSync(join(tmpdir(), "bob's lab "));
  after(() => rmSync(folder, { recursive: true }));
  const problem = (code: string, path?: string) =>
    refusedFile(Object.assign(new Error(code), { code, path }));

  it("is named, even if it does not exist yet, with the folder that blocks it", () => {
    const found = problem("EROFS", join(folder, "state", "env"));
    assert.equal(found?.what, `${join(folder, "state", "env")} can't be used`);
    assert.equal(found?.why, "its file system is read-only");
  });

  it("on a full disk names the disk, in a command that can be pasted", () => {
    assert.match(problem("ENOSPC", folder)?.fix ?? "", /^df -h '.*bob'\\''s lab /);
  });

  const skip = process.getuid?.() === 0 || process.platform === "win32" ? "every file is this user's" : false;
  it("is reported with its owner", { skip }, () => {
    assert.match(
      problem("EACCES", "/etc/latency-lab")?.why ?? "",
      /^\/etc belongs to root, and you are user /,
    );
  });

  it("is not reported for other errors", () => {
    assert.equal(problem("ECONNREFUSED", folder), undefined);
    assert.equal(problem("EACCES"), undefined);
  });
});
