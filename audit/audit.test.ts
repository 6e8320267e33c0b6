import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { validRange } from "semver";
import { installedBy, vulnerable } from "./installed.ts";
import { advisories } from "./known.ts";
import { answerOf } from "./registry.ts";

const lockfile = (part: string) =>
  readFileSync(join(import.meta.dirname, "..", part, "package-lock.json"), "utf8");

describe("the list of known vulnerabilities", () => {
  it("has ranges that npm understands, with ids to look up", () => {
    for (const { range, ids } of advisories) {
      assert.ok(validRange(range), range);
      for (const id of ids) assert.match(id, /^(GHSA(-[0-9a-z]{4}){3}|CVE-\d{4}-\d{4,})$/);
    }
  });

  it("has nothing that the project or the image installs", () => {
    for (const part of [".", "service"]) assert.deepEqual(vulnerable(installedBy(lockfile(part))), []);
  });

  it("would find an old version, wherever in the tree it is", () => {
    const old = { packages: { "node_modules/a/node_modules/@grpc/grpc-js": { version: "1.14.3" } } };
    const [found] = vulnerable(installedBy(JSON.stringify(old)));
    assert.equal(found?.package.name, "@grpc/grpc-js");
    assert.ok(found?.advisory.ids.includes("GHSA-99f4-grh7-6pcq"));
  });
});

describe("the answer of npm audit", () => {
  it("is what it found, or that it could not be asked", () => {
    const report = { vulnerabilities: { a: { severity: "high", range: "<2" } } };
    assert.deepEqual(answerOf(JSON.stringify(report)), { found: ["a <2 (high)"] });
    assert.deepEqual(answerOf('{"vulnerabilities":{}}'), { found: [] });
    assert.match(JSON.stringify(answerOf('{"statusCode":405,"message":"no"}')), /offers no advisories .*405/);
    assert.match(JSON.stringify(answerOf("")), /no report/);
  });
});
