import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { Checkout } from "../../test/checkout.ts";
import { eventually } from "../clients/eventually.ts";
import { removeStaleLocks } from "./lock.ts";

const linux = process.platform === "linux" ? false : "zombies are told apart by /proc";

describe("the lock of a stack", () => {
  let folder: string;
  let locks: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "latency-lab-locks-"));
    locks = join(folder, ".pulumi", "locks", "organization", "latency-lab", "dev");
    mkdirSync(locks, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const remove = () => removeStaleLocks(folder, "dev");
  const lock = (pid: number, host = hostname()) =>
    writeFileSync(join(locks, "lock.json"), JSON.stringify({ pid, hostname: host }));

  it("stays while its process runs, and if it is another machine's", () => {
    lock(process.pid);
    assert.equal(remove(), 0);
    lock(2 ** 30, "elsewhere");
    assert.equal(remove(), 0);
    assert.equal(readdirSync(locks).length, 1);
  });

  it("is removed if its process is dead, or if it is incomplete", () => {
    lock(2 ** 30);
    assert.equal(remove(), 1);
    writeFileSync(join(locks, "lock.json"), '{"pid": 1');
    assert.equal(remove(), 1);
    assert.deepEqual(readdirSync(locks), []);
  });

  it("is removed if its process is a zombie", { skip: linux }, async () => {
    // A shell that replaces itself by `exec` never reaps its earlier child.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 30"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.setEncoding("utf8").once("data", (text: string) => resolve(Number(text)));
      });
      lock(pid);
      await eventually(async () => assert.equal(remove(), 1), 10);
      process.kill(pid, 0); // It is still listed.
    } finally {
      parent.kill();
    }
  });
});

describe("the lock of a run on a stack", () => {
  let project: Checkout;
  let note: string;
  const children: ChildProcess[] = [];
  before(() => {
    project = new Checkout().shareDependencies();
    mkdirSync(join(project.folder, ".latency-lab"));
    note = join(project.folder, ".latency-lab", "lock-dev");
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(() => project.remove());

  /** Locks a stack, prints "mine" or the error, and keeps the lock until it is stopped. */
  async function claim(
    stack = "dev",
  ): Promise<{ said: string; child: ChildProcess; ended: Promise<unknown> }> {
    const module = pathToFileURL(join(project.folder, "cli", "pulumi", "lock.ts")).href;
    const code = `
      import { claimStack } from ${JSON.stringify(module)};
      try { claimStack(${JSON.stringify(stack)}, "npm run up"); console.log("mine"); }
      catch (error) { console.log(error.kind, JSON.stringify(error.problems[0])); process.exit(); }
      process.stdin.on("end", () => process.exit()).resume();
    `;
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (text) => resolve(`${text}`.trim())),
    );
    return { said, child, ended };
  }

  it("is exclusive until the run ends: a second run gets its process and start time", async () => {
    const first = await claim();
    assert.equal(first.said, "mine");
    const { said } = await claim();
    assert.match(said, /^readiness .*another run works on the stack dev: npm run up/);
    assert.match(
      said,
      new RegExp(`process ${first.child.pid}, since .* \\(\\d+ s ago\\); nothing was changed`),
    );
    assert.match(said, new RegExp(`kill -INT ${first.child.pid}`));
    first.child.stdin?.end();
    await first.ended;
    assert.equal(existsSync(note), false);
    assert.equal((await claim()).said, "mine");
  });

  it("is the same for the stack's full name, and different for other stacks", async () => {
    assert.equal((await claim("organization/latency-lab/dev")).said, "mine");
    assert.match((await claim("dev")).said, /^readiness/);
    assert.equal((await claim("other")).said, "mine");
  });

  it("is free after the run was killed", async () => {
    const first = await claim();
    first.child.kill("SIGKILL");
    await first.ended;
    assert.equal(existsSync(note), true);
    assert.equal((await claim()).said, "mine");
  });

  const linux = process.platform === "linux" ? false : "only Linux says when a process started";
  it("is free if its pid belongs to another process now", { skip: linux }, async () => {
    const run = {
      pid: process.pid,
      started: "1",
      hostname: hostname(),
      command: "npm run up",
      since: new Date(),
    };
    writeFileSync(note, JSON.stringify(run));
    assert.equal((await claim()).said, "mine");
  });

  it("is free if its file is incomplete", async () => {
    writeFileSync(note, '{"pid": ');
    utimesSync(note, 0, 0);
    assert.equal((await claim()).said, "mine");
  });

  it("of another container can only be removed by hand", async () => {
    const run = { pid: 1, hostname: "elsewhere", command: "npm run up", since: new Date() };
    writeFileSync(note, JSON.stringify(run));
    assert.match((await claim()).said, /process 1 on elsewhere.*rm .*lock-dev/);
    rmSync(note);
  });

  it("goes to one of many concurrent runs, even after a killed one", async () => {
    writeFileSync(
      note,
      JSON.stringify({ pid: 2 ** 30, hostname: hostname(), command: "npm run up", since: "" }),
    );
    const all = await Promise.all(Array.from({ length: 8 }, () => claim()));
    assert.equal(all.filter(({ said }) => said === "mine").length, 1);
    const left = readdirSync(join(project.folder, ".latency-lab")).filter((name) =>
      name.startsWith("lock-dev"),
    );
    assert.deepEqual(left, ["lock-dev"]);
  });
});
