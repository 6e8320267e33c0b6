// What a stack keeps between runs: its state, whose file is truncated as after a power cut, and its password.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Grafana } from "../../cli/clients/grafana.ts";
import { noExistingCluster } from "../environment.ts";
import { changed, figure, StackUnderTest, type UpResult } from "../stack.ts";

const skip = noExistingCluster();

describe("a truncated state file", { skip }, () => {
  let stack: StackUnderTest;
  let password: string;
  let folder: string;
  let file: string;

  before(async () => {
    stack = new StackUnderTest("f-state", "existing", { preset: "laptop" });
    folder = join(stack.checkout.folder, ".latency-lab/state/.pulumi");
    file = join(folder, "stacks/latency-lab", `${stack.name}.json`);
    await stack.up();
    password = (await stack.run("password")).stdout;
  });
  after(() => stack.end());

  function cutOff(): void {
    truncateSync(file, Math.floor(statSync(file).size / 2));
  }

  it("is reported by every command, with how to restore it", async () => {
    cutOff();
    for (const command of [["password"], ["up", "--yes"], ["down", "--yes"]] as const) {
      const run = await stack.run(command[0], ...command.slice(1));
      assert.notEqual(run.code, 0);
      assert.match(run.stderr, /can't be read\n\s+why: .+\n\s+fix: pulumi stack import --stack f-state/);
      assert.doesNotMatch(run.stderr, /^\s+at /m);
    }
  });

  it("is restored from Pulumi's newest copy: `up` changes nothing and keeps the password", async () => {
    const backups = join(folder, "backups/latency-lab", stack.name);
    const newest = readdirSync(backups)
      .filter((name) => name.endsWith(".json"))
      .toSorted()
      .at(-1);
    copyFileSync(join(backups, String(newest)), file);
    const run = await stack.run("up", "--yes", "--json");
    assert.equal(run.code, 0, run.stderr);
    const { create = 0, delete: deleted = 0 } = JSON.parse(run.stdout).changes;
    assert.equal(create + deleted, 0, run.stdout);
    assert.equal((await stack.run("password")).stdout, password);
  });

  it("is restored by `pulumi stack import`", async () => {
    await stack.pulumi("stack export --file export.json");
    cutOff();
    const imported = await stack.pulumi("stack import --file export.json");
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal(changed(await stack.up()), 0);
  });
});

describe("the password of Grafana's administrator", { skip }, () => {
  let stack: StackUnderTest;
  let lab: UpResult;
  let password: string;

  before(async () => {
    stack = new StackUnderTest("f-password", "existing", { preset: "laptop" });
    lab = await stack.up();
    password = await shownPassword();
  });
  after(() => stack.end());

  async function shownPassword(...options: string[]): Promise<string> {
    const run = await stack.run("password", ...options);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /^\w{24}\n$/, "more than the password was printed");
    return run.stdout.trim();
  }

  const login = (secret: string) =>
    new Grafana(String(lab.outputs.grafanaUrl), "admin", secret).get<{ name: string }>("/api/org");

  async function rotated(what: string): Promise<void> {
    const old = password;
    const began = Date.now();
    password = await shownPassword("--rotate");
    figure(
      `password rotated, ${what}`,
      `${((Date.now() - began) / 1000).toFixed(1)} s`,
      "the old one refused",
    );
    assert.notEqual(password, old);
    assert.equal(await shownPassword(), password);
    await login(password);
    await assert.rejects(login(old), /401/);
  }

  it("is replaced by --rotate, and the old one is refused", async () => {
    await rotated("without persistence");
  });

  it("stays the same when `up` runs again", async () => {
    assert.equal(changed(await stack.up()), 0);
    assert.equal(await shownPassword(), password);
    await login(password);
  });

  it("stays the same when persistence is turned on", async () => {
    await stack.up({ persistence: "true" });
    assert.equal(await shownPassword(), password);
    await login(password);
  });

  it("can be rotated if Grafana keeps its users on a volume", async () => {
    await rotated("with persistence");
    assert.equal(changed(await stack.up()), 0);
  });
});
