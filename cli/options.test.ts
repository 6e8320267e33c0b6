// Uses the real npm to check options before its `--`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { Checkout } from "../test/checkout.ts";

const commands = ["up", "down", "latency", "logs", "secret", "password", "bundle", "config"];

describe("an option without npm's `--`", () => {
  let project: Checkout;
  before(() => {
    project = new Checkout();
    project.shareDependencies();
    const scripts = commands.map((name) => [name, `node cli/main.ts ${name}`]);
    project.write("package.json", JSON.stringify({ type: "module", scripts: Object.fromEntries(scripts) }));
  });
  after(() => project.remove());

  function npmRun(command: string) {
    const { status, stderr } = spawnSync(`npm run ${command}`, {
      cwd: project.folder,
      shell: true,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: project.folder, NO_COLOR: "1" },
    });
    const fix = /^ {2}fix: (.*)$/m.exec(stderr)?.[1];
    return { status, fix, kept: /^error: npm did not pass on (.*)/m.test(stderr) };
  }

  for (const [typed, fix] of [
    ["up --stack=lab", "up -- --stack lab"],
    ["up --stack lab", "up -- --stack lab"],
    ["up -s lab", "up -- --stack lab"],
    ["down --stack=lab -- --yes", "down -- --stack lab --yes"],
    ["up --config=delayMax=2s", "up -- --config delayMax=2s"],
    ["up -c delayMax=2s", "up -- --config delayMax=2s"],
    ["latency --watch", "latency -- --watch"],
    ["logs --grep='a b'", "logs -- --grep 'a b'"],
    ["password --rotate", "password -- --rotate"],
    ["bundle -o lab.tgz", "bundle -- --out lab.tgz"],
  ] as const) {
    it(`is refused, and corrected: npm run ${typed}`, () => {
      assert.deepEqual(npmRun(typed), { status: 2, fix: `npm run ${fix}`, kept: true });
    });
  }

  it("is refused for a command with an argument", () => {
    // npm does not reveal which of the two is the stack.
    const { status, kept } = npmRun("secret registryPassword --stack lab");
    assert.deepEqual({ status, kept }, { status: 2, kept: true });
  });
});
