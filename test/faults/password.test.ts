// Rotation of Grafana's password.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Grafana } from "../../cli/clients/grafana.ts";
import { noExistingCluster } from "../environment.ts";
import { changed, figure, StackUnderTest, type UpResult } from "../stack.ts";

const skip = noExistingCluster();

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
