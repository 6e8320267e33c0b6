import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forStack } from "./say.ts";

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
