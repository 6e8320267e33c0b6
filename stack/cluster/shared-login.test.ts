import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { sharedLogin, withSharedLogin } from "./shared-login.ts";

const run = promisify(execFile);
const apiVersion = "client.authentication.k8s.io/v1";

describe("the kubeconfig that Pulumi gets", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-shared-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A kubeconfig whose plugin prints a token with this expiry, and records each run. */
  function kubeconfig(expirationTimestamp: string): string {
    const status = { token: "t", expirationTimestamp };
    const answer = JSON.stringify({ kind: "ExecCredential", apiVersion, status });
    const command = join(folder, "login.sh");
    writeFileSync(command, `#!/bin/sh\necho "$1" >> ${folder}/runs\necho '${answer}'\n`, { mode: 0o755 });
    writeFileSync(join(folder, "runs"), "");
    return stringify({
      clusters: [{ name: "c", cluster: { server: "https://c" } }],
      // Every test uses another name, because logins are cached in the process.
      users: [
        {
          name: expirationTimestamp,
          user: { exec: { apiVersion, command, args: ["a b"], interactiveMode: "Always" } },
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
