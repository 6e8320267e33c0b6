import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { parse } from "yaml";
import { withoutHelpers } from "../../cli/pulumi/without-helpers.ts";
import { record } from "../../test/recorded-program.ts";
import { brokenHelpers, checkLogin, dockerConfig, helperProblem, mirrorLogins } from "./docker-config.ts";

describe("a credential helper of Docker", () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  beforeEach(() => {
    environment = { ...process.env };
    folder = mkdtempSync(join(tmpdir(), "latency-lab-credentials-"));
    mkdirSync(join(folder, "bin"));
    Object.assign(process.env, {
      DOCKER_CONFIG: folder,
      PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
    });
  });
  afterEach(() => {
    process.env = environment;
    rmSync(folder, { recursive: true });
  });

  function config(value: object): void {
    writeFileSync(join(folder, "config.json"), JSON.stringify(value));
  }

  function helper(name: string, script: string): void {
    const file = join(folder, "bin", `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  const pushed = {
    cluster: "existing",
    registry: "registry.example/team",
    registryUsername: undefined,
  } as const;

  it("of a removed Docker Desktop is found, and ignored without a push", async () => {
    config({ credsStore: "gone-desktop" });
    const broken = await brokenHelpers();
    assert.deepEqual(broken, [
      { program: "docker-credential-gone-desktop", why: "it is not on the PATH", registry: undefined },
    ]);
    checkLogin(broken, { cluster: "local", registry: undefined, registryUsername: undefined });
    checkLogin(broken, { ...pushed, registryUsername: "me" });
  });

  it("that keeps the login for the push is reported before anything is created", async () => {
    config({ credsStore: "gone-desktop" });
    const broken = await brokenHelpers();
    assert.throws(() => checkLogin(broken, pushed), {
      message: /docker-credential-gone-desktop, which keeps the login of registry\.example, does not work/,
    });
  });

  it("that is broken does not reach Pulumi's provider, which then has Docker's other settings", async () => {
    config({ credsStore: "gone-desktop", credHelpers: { "gcr.io": "gone" }, proxies: { default: {} } });
    mkdirSync(join(folder, "contexts"));
    withoutHelpers();
    assert.deepEqual(await brokenHelpers(), []);
    assert.deepEqual(dockerConfig(), { credsStore: "none", proxies: { default: {} } });
    assert.deepEqual(readdirSync(process.env.DOCKER_CONFIG ?? "").sort(), [
      "config.json",
      "contexts",
      "docker-credential-none",
    ]);
  });

  it("of one registry affects only that registry", async () => {
    helper("works", "echo '{}'");
    config({ credsStore: "works", credHelpers: { "gcr.io": "gone-gcloud" } });
    const broken = await brokenHelpers();
    assert.equal(broken.length, 1);
    checkLogin(broken, pushed);
    assert.throws(
      () => checkLogin(broken, { ...pushed, registry: "gcr.io/team" }),
      /credHelpers\["gcr\.io"\]/,
    );
  });

  it("that fails without D-Bus is reported with its own message", async () => {
    helper("secretservice", 'echo "Cannot autolaunch D-Bus without X11 \\$DISPLAY"; exit 1');
    config({ credsStore: "secretservice" });
    const [broken] = await brokenHelpers();
    assert.ok(broken);
    assert.match(helperProblem(broken).why, /Cannot autolaunch D-Bus/);
    assert.match(helperProblem(broken).fix, /remove "credsStore" from .*config\.json/);
  });

  it("provides the login of a mirror for the node, and so does Docker's own file", async () => {
    helper(
      "works",
      'read host; [ "$host" = m.example:5000 ] && echo \'{"Username":"me","Secret":"hunter2"}\'',
    );
    config({ credsStore: "works" });
    const settings = {
      registryMirrors: { "docker.io": ["https://m.example:5000/hub", "https://other.example"] },
      imageMirror: undefined,
    };
    const logins = { "m.example:5000": { username: "me", password: "hunter2" } };
    assert.deepEqual(await mirrorLogins(settings), logins);
    config({ auths: { "i.example": { auth: Buffer.from("you:a:b").toString("base64") } } });
    assert.deepEqual(await mirrorLogins({ registryMirrors: {}, imageMirror: "i.example/all" }), {
      "i.example": { username: "you", password: "a:b" },
    });
    const lab = await record({}, "dev", {}, { mirrorLogins: logins });
    const node = lab.one("docker:index/container:Container", "node");
    const { configs } = parse(node.inputs.uploads[0].content);
    assert.deepEqual(configs, { "m.example:5000": { auth: logins["m.example:5000"] } });
    assert.ok(!node.readable.includes("hunter2"));
  });

  it("that works is ignored, and so are settings without one", async () => {
    helper("works", "echo '{}'");
    config({ credsStore: "works" });
    assert.deepEqual(await brokenHelpers(), []);
    rmSync(join(folder, "config.json"));
    assert.deepEqual(
      (await brokenHelpers()).filter(({ why }) => /not on the PATH/.test(why)),
      [],
    );
  });
});
