import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { Checkout } from "../../test/checkout.ts";
import { chosenBackend, folderOf, shownUrl } from "./backend.ts";
import { root, stateDir } from "./paths.ts";

describe("the backend of Pulumi", () => {
  const home = fs.mkdtempSync(join(tmpdir(), "latency-lab-home-"));
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith("PULUMI_")) delete process.env[name];
    fs.rmSync(home, { recursive: true });
    fs.mkdirSync(home);
    process.env.PULUMI_HOME = home;
  });
  after(() => {
    process.env = before;
    fs.rmSync(home, { recursive: true });
  });

  const logIn = (current: string, folder = home) =>
    fs.writeFileSync(join(folder, "credentials.json"), JSON.stringify({ current }));
  const chosen = () => {
    const { url, chosen } = chosenBackend();
    return [url, chosen?.undo];
  };

  it("is the project's own if the user has chosen none", () => {
    assert.deepEqual(chosen(), [pathToFileURL(join(stateDir, "state")).href, undefined]);
    process.env.PULUMI_BACKEND_URL = "";
    logIn("");
    assert.equal(chosenBackend().chosen, undefined);
  });

  it("is chosen as Pulumi does: by PULUMI_BACKEND_URL, by `pulumi login`, by PULUMI_ACCESS_TOKEN", () => {
    process.env.PULUMI_ACCESS_TOKEN = "pul-left-over";
    assert.deepEqual(chosen(), ["https://api.pulumi.com", "unset PULUMI_ACCESS_TOKEN"]);
    logIn("file://~");
    assert.deepEqual(chosen(), ["file://~", "pulumi logout"]);
    process.env.PULUMI_BACKEND_URL = "s3://bucket?region=eu-west-1";
    assert.deepEqual(chosen(), ["s3://bucket?region=eu-west-1", "unset PULUMI_BACKEND_URL"]);
  });

  it("is found with PULUMI_CREDENTIALS_PATH and PULUMI_API", () => {
    const folder = join(home, "elsewhere");
    fs.mkdirSync(folder);
    logIn("gs://bucket", folder);
    process.env.PULUMI_CREDENTIALS_PATH = folder;
    assert.equal(chosen()[0], "gs://bucket");
    delete process.env.PULUMI_CREDENTIALS_PATH;
    Object.assign(process.env, { PULUMI_ACCESS_TOKEN: "pul-x", PULUMI_API: "https://pulumi.example.com" });
    assert.equal(chosen()[0], "https://pulumi.example.com");
  });

  it("is the project's own if credentials.json can't be read", () => {
    fs.writeFileSync(join(home, "credentials.json"), "\0\0\0");
    assert.equal(chosenBackend().chosen, undefined);
  });

  it("is the project's own after `source .latency-lab/env`", () => {
    process.env.PULUMI_BACKEND_URL = pathToFileURL(join(stateDir, "state")).href;
    assert.equal(chosenBackend().chosen, undefined);
  });

  for (const [url, folder] of [
    ["file:///srv/state", "/srv/state"],
    ["file://~", userInfo().homedir],
    ["file://~/state", join(userInfo().homedir, "state")],
    ["file://./state", join(root, "state")],
    ["file://state", join(root, "state")],
    ["file:///srv/state?no_tmp_dir=true", "/srv/state"],
    ["file:///srv/my%20state", "/srv/my state"],
    ["s3://bucket", undefined],
    ["azblob://container", undefined],
    ["https://api.pulumi.com", undefined],
  ] as const) {
    it(`${url} is ${folder === undefined ? "no folder" : "the folder that Pulumi makes of it"}`, () => {
      assert.equal(folderOf(url), folder);
    });
  }

  it("is shown without a password or a key", () => {
    assert.equal(shownUrl("https://me:secret@host/path"), "https://…@host/path");
    assert.equal(
      shownUrl("azblob://c?storage_account=a&sas_token=abc"),
      "azblob://c?storage_account=a&sas_token=…",
    );
    assert.equal(shownUrl("file:///srv/state"), "file:///srv/state");
  });
});

// Messages if Pulumi can't use a backend, with a fake Pulumi that prints the real one's errors.

const skip = process.platform === "win32" ? "the stand-in for Pulumi is a shell script" : false;

/** Reports an unknown stack by default. */
const fakePulumi = `#!/bin/sh
case "$1" in version) echo v3.250.0; exit 0 ;; esac
if [ -n "$SESSIONS" ]; then ps -o sess= -p $$ >> "$SESSIONS"; fi
if [ -n "$PULUMI_SAYS" ]; then printf '%b\\n' "$PULUMI_SAYS" >&2; exit 255; fi
case "$1 $2" in
  "stack init" | "config set") exit 0 ;;
  *) echo "error: no stack named 'dev' found" >&2; exit 255 ;;
esac
`;

const said = {
  file: "error: unable to open bucket file:///none?no_tmp_dir=true: stat /none: no such file or directory",
  gs: "error: missing google credentials: unable to find gcp credentials: google: could not find default credentials.",
  cloud:
    'Logging in using access token from PULUMI_ACCESS_TOKEN\\nerror: performing HTTP request: Get "https://api.pulumi.com/api/user": dial tcp: lookup api.pulumi.com: no such host',
};

describe("a backend that Pulumi can't use", { skip }, () => {
  let project: Checkout;
  before(() => {
    // A folder name with special characters, which every printed command must quote.
    project = new Checkout({}, "bob's lab #1 50% ü ").shareDependencies();
    project.write("bin/pulumi", fakePulumi);
  });
  after(() => project.remove());

  const run = (args: string[], environment: NodeJS.ProcessEnv) => project.command(args, environment);

  for (const [environment, text, ...says] of [
    [
      { PULUMI_BACKEND_URL: "file:///none" },
      said.file,
      /backend file:\/\/\/none can't/,
      /stat \/none: no such/,
      /fix: unset PULUMI_BACKEND_URL/,
    ],
    [{ PULUMI_BACKEND_URL: "gs://nobody" }, said.gs, /gs:\/\/nobody/, /missing google credentials/],
    [
      { PULUMI_ACCESS_TOKEN: "pul-left-over" },
      said.cloud,
      /api\.pulumi\.com/,
      /no such host/,
      /because PULUMI_ACCESS_TOKEN is set/,
      /fix: unset PULUMI_ACCESS_TOKEN/,
    ],
  ] as [NodeJS.ProcessEnv, string, ...RegExp[]][]) {
    for (const command of [["status"], ["down", "--yes"], ["password"]]) {
      it(`is named by \`${command.join(" ")}\`, with the reason and what to unset: ${Object.keys(environment)}`, async () => {
        const { code, stderr } = await run(command, { ...environment, PULUMI_SAYS: text });
        assert.ok(code === 3 || code === 1, stderr);
        for (const one of says) assert.match(stderr, one);
        assert.doesNotMatch(stderr, /code: -2|pul-left-over|Logging in/);
        assert.ok(stderr.trim().split("\n").length <= 4, stderr);
      });
    }
  }

  it("does not hide a stack in the project's own backend, and no second one is created", async () => {
    project.write(project.filesOf("dev").state, '{"checkpoint": {}}');
    for (const command of [["status"], ["down", "--yes"]]) {
      const { stderr } = await run(command, { PULUMI_BACKEND_URL: "file:///srv/state" });
      assert.match(stderr, /the stack dev is not in file:\/\/\/srv\/state, but in \.latency-lab\/state/);
      assert.match(stderr, /fix: unset PULUMI_BACKEND_URL/);
    }
  });

  it("without its passphrase is explained by the variable", async () => {
    const file =
      "error: could not create secrets manager: unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /p: no such file";
    const unread = await run(["down", "--yes", "--stack", "other"], { PULUMI_SAYS: file });
    assert.match(
      unread.stderr,
      /can't be read\n {2}why: open \/p: no such file\n {2}fix: unset PULUMI_CONFIG_/,
    );
    const wrong = await run(["down", "--yes", "--stack", "other"], {
      PULUMI_SAYS: "error: incorrect passphrase",
    });
    assert.match(
      wrong.stderr,
      /the secrets of the stack other can't be read\n.*\n {2}fix: set PULUMI_CONFIG_/,
    );
  });

  it("for a user without a name is explained with a fix", async () => {
    const { stderr } = await run(["down", "--yes", "--stack", "other"], {
      PULUMI_SAYS: "error: could not create stack: user: unknown userid 1234",
    });
    assert.match(stderr, /Pulumi can't work as user 1234\n.*\n {2}fix: echo "me:x:1234:/);
  });

  it("with a lock of plain Pulumi names its owner, and nothing is changed", async () => {
    const { locks } = project.filesOf("dev");
    const lock = { pid: process.pid, username: "bob", hostname: hostname(), timestamp: new Date() };
    project.write(join(locks, "1.json"), JSON.stringify(lock));
    const { code, stderr } = await run(["down", "--yes"], {});
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`process ${process.pid} of bob on .*, since .*; nothing was changed`));
    assert.match(
      stderr,
      /fix: wait for it; if there is none: \. \.latency-lab\/env && pulumi cancel --yes --stack dev/,
    );
    fs.rmSync(locks, { recursive: true });
  });

  it("writes a file to source in a folder of any name", async () => {
    const { code, stderr } = await run(["secret", "registryPassword", "--stack", "other"], {});
    assert.equal(code, 2, stderr); // Nothing on standard input.
    await run(["down", "--yes", "--stack", "other"], {});
    const shell =
      '. .latency-lab/env && printf "%s\\n" "$PULUMI_CONFIG_PASSPHRASE_FILE" "$PULUMI_BACKEND_URL"';
    const printed = execFileSync("sh", ["-c", shell], { cwd: project.folder, encoding: "utf8" }).split("\n");
    assert.equal(printed[0], join(project.folder, ".latency-lab", "passphrase"));
    assert.match(printed[1] ?? "", /^file:\/\/\/.*%20lab%20%231%2050%25%20%C3%BC/);
  });

  it("is used in a session of Pulumi's own, which a terminal's Ctrl-C does not reach", async () => {
    const file = join(project.folder, "sessions");
    await run(["down", "--yes", "--stack", "other"], { SESSIONS: file });
    const own = execFileSync("ps", ["-o", "sess=", "-p", String(process.pid)], { encoding: "utf8" }).trim();
    const sessions = fs.readFileSync(file, "utf8").trim().split(/\s+/);
    assert.ok(sessions.length > 1 && !sessions.includes(own), `${sessions} beside ${own}`);
  });

  it("puts a Node that was installed for the commands first in the sourced PATH", async () => {
    const folder = join(project.folder, ".latency-lab", "node", "bin");
    fs.mkdirSync(folder, { recursive: true });
    const node = join(folder, "node");
    try {
      fs.linkSync(process.execPath, node);
    } catch {
      fs.copyFileSync(process.execPath, node); // It is on another disk.
    }
    const main = join(project.folder, "cli", "main.ts");
    const PATH = `${join(project.folder, "bin")}:${process.env.PATH}`;
    await project.run(node, [main, "down", "--yes", "--stack", "other"], { PATH });
    const shell = '. .latency-lab/env && command -v node && printf "%s" "$PATH"';
    const printed = execFileSync("sh", ["-c", shell], { cwd: project.folder, encoding: "utf8" });
    assert.ok(printed.startsWith(`${node}\n${folder}:`), printed);
  });
});

it("a Pulumi CLI that can't be downloaded is reported with the network's reason", { skip }, async () => {
  const project = new Checkout().shareDependencies();
  try {
    const PATH = join(project.folder, "bin");
    fs.mkdirSync(PATH);
    fs.symlinkSync("/bin/sh", join(PATH, "sh"));
    const proxy = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: "http://127.0.0.1:1" };
    const { code, stderr } = await project.command(["down", "--yes"], { PATH, ...proxy });
    assert.equal(code, 3);
    assert.match(stderr, /could not be installed\n {2}why: https:\S+: connect ECONNREFUSED 127\.0\.0\.1:1\n/);
  } finally {
    project.remove();
  }
});
