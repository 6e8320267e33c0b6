import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { type ExecPlugin, login, sharedLogin, withSharedLogin } from "./exec-plugin.ts";

const v1 = "client.authentication.k8s.io/v1";
const credential = (status: object, apiVersion = v1) =>
  JSON.stringify({ kind: "ExecCredential", apiVersion, status });

describe("an exec plugin that does not log in is reported with its name and its output:", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-plugin-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The error of a login with a shell script as the plugin. */
  async function failure(script: string, more: Partial<ExecPlugin> = {}): Promise<string> {
    const file = join(folder, "login.sh");
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return login("me", { apiVersion: v1, command: file, ...more }, {}).then(
      () => assert.fail("it logged in"),
      (error: Error) => error.message.replaceAll(folder, ""),
    );
  }

  it("a login that has expired", async () => {
    const text = await failure('echo >&2; echo "run aws sso login" >&2; exit 255');
    assert.match(text, /^the login of the user "me" failed: exec plugin \/login\.sh\n/);
    assert.match(text, /why: run aws sso login \(exit code 255\)\n/);
  });

  it("one that prints nothing", async () => {
    assert.match(await failure("exit 3"), /why: it ended with exit code 3\n/);
  });

  it("one that is not installed, with its hint", async () => {
    const text = await failure("", { command: "no-such-plugin", installHint: "get it at https://x.example" });
    assert.match(text, /^the exec plugin no-such-plugin of the user "me" is not installed\n/);
    assert.match(text, /fix: get it at https:\/\/x\.example$/);
    assert.match(await failure("", { command: join(folder, "gone") }), /why: there is no such file/);
  });

  it("one that is not executable", async () => {
    writeFileSync(join(folder, "plain"), "");
    assert.match(await failure("", { command: join(folder, "plain") }), /EACCES/);
  });

  it("one that prints something else, which may be a token and is not shown", async () => {
    const text = await failure("echo hunter2");
    assert.match(text, /why: it printed something that is not an ExecCredential in JSON/);
    assert.doesNotMatch(text, /hunter2/);
    assert.match(await failure("true"), /why: it printed nothing/);
  });

  it("one that returns another version, or no credentials", async () => {
    const other = `echo '${credential({ token: "t" }, v1.replace("v1", "v1beta1"))}'`;
    assert.match(await failure(other), /returned client\.\S+\/v1beta1 instead of client\.\S+\/v1/);
    assert.match(await failure(`echo '${credential({})}'`), /neither a token nor a certificate/);
  });

  it("one that needs a terminal, without one", async () => {
    assert.match(await failure("", { interactiveMode: "Always" }), /needs a terminal to ask for input/);
  });

  it("and the next request tries again", async () => {
    await failure("exit 1");
    const file = join(folder, "login.sh");
    writeFileSync(file, `#!/bin/sh\necho '${credential({ token: "t" })}'\n`, { mode: 0o755 });
    const { credential: found } = await login("me", { apiVersion: v1, command: file }, {});
    assert.equal(found.token, "t");
  });
});

/** A terminal, as made by `script` of util-linux. */
const isGnu = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");

describe("an exec plugin that is slow or asks", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-asks-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The output of a login in another process, in a terminal with this input, or without one. */
  function loggedIn(script: string, more: Partial<ExecPlugin>, typed?: string): string {
    const command = join(folder, "login.sh");
    writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const module = JSON.stringify(new URL("exec-plugin.ts", import.meta.url).href);
    const code = `
      import { login } from ${module};
      const plugin = ${JSON.stringify({ apiVersion: v1, command, ...more })};
      const { credential } = await login("me", plugin, {}).catch(({ message }) => ({ credential: { token: message } }));
      console.log("logged in with", credential.token);
    `;
    writeFileSync(join(folder, "login.mts"), code);
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", join(folder, "login.mts")];
    const { stdout, stderr } =
      typed === undefined
        ? spawnSync(node[0] as string, node.slice(1), { encoding: "utf8" })
        : spawnSync("script", ["-qec", node.join(" "), "/dev/null"], { encoding: "utf8", input: typed });
    return stdout + stderr;
  }

  const asks = `printf "MFA code: " >&2; read code; echo '${credential({ token: "CODE" })}' | sed "s/CODE/$code/"`;

  it("shows what it prints while it runs, such as a code for a browser", () => {
    const shows = `echo "open https://login.example, code ABCD" >&2; sleep 1.5; echo '${credential({ token: "t" })}'`;
    const said = loggedIn(shows, {});
    assert.match(said, /waiting for the login of the user me: \S+login\.sh\nopen https:\S+ code ABCD/);
    assert.match(said, /logged in with t/);
  });

  it("gets the answer from the terminal", { skip: isGnu ? false : "there is no terminal" }, () => {
    assert.match(loggedIn(asks, { interactiveMode: "IfAvailable" }, "123456\n"), /logged in with 123456/);
  });

  it("asks nothing without a terminal, and is reported", () => {
    assert.match(loggedIn(`${asks}; exit 1`, {}), /login of the user "me" failed[\s\S]*why: MFA code:/);
  });
});

const run = promisify(execFile);

describe("the kubeconfig that Pulumi gets", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-shared-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A kubeconfig whose plugin prints a token with this expiry, and records each run. */
  function kubeconfig(expirationTimestamp: string): string {
    const status = { token: "t", expirationTimestamp };
    const answer = credential(status);
    const command = join(folder, "login.sh");
    writeFileSync(command, `#!/bin/sh\necho "$1" >> ${folder}/runs\necho '${answer}'\n`, { mode: 0o755 });
    writeFileSync(join(folder, "runs"), "");
    return stringify({
      clusters: [{ name: "c", cluster: { server: "https://c" } }],
      // Every test uses another name, because logins are cached in the process.
      users: [
        {
          name: expirationTimestamp,
          user: { exec: { apiVersion: v1, command, args: ["a b"], interactiveMode: "Always" } },
        },
      ],
      contexts: [{ name: "c", context: { cluster: "c", user: expirationTimestamp } }],
    });
  }

  const withoutTerminal = (text: string) => text.replace("Always", "Never");
  const runs = () => readFileSync(join(folder, "runs"), "utf8");

  /** Logs in like Pulumi's provider. */
  async function asked(text: string, env: NodeJS.ProcessEnv): Promise<string> {
    const { exec } = parse(withSharedLogin(text)).users[0].user;
    assert.equal(exec.interactiveMode, "IfAvailable");
    const { stdout } = await run(exec.command, exec.args, { env: { ...process.env, ...env } });
    return JSON.parse(stdout).status.token;
  }

  it("uses the command's login", async () => {
    const text = withoutTerminal(kubeconfig("2100-01-01T00:00:00Z"));
    const env = await sharedLogin(text);
    assert.equal(await asked(text, env), "t");
    assert.equal(runs(), "a b\n");
  });

  it("logs in itself if that login has expired, or there is none", async () => {
    const text = withoutTerminal(kubeconfig("2020-01-01T00:00:00Z"));
    const env = await sharedLogin(text);
    assert.equal(await asked(text, env), "t");
    assert.equal(await asked(text, {}), "t");
    assert.equal(runs(), "a b\na b\na b\n");
  });

  it("is the same on every run, and unchanged without an exec plugin", async () => {
    const text = kubeconfig("2100-01-01T00:00:00Z");
    assert.equal(withSharedLogin(text), withSharedLogin(text));
    const plain = stringify({ users: [{ name: "u", user: { token: "t" } }] });
    assert.equal(withSharedLogin(plain), plain);
    assert.deepEqual(await sharedLogin(plain), {});
  });
});
