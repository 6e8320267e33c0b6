import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
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
      const deadline = Date.now() + 10_000;
      let removed = 0;
      while (removed === 0 && Date.now() < deadline) {
        removed = remove();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(removed, 1);
      process.kill(pid, 0); // It is still listed.
    } finally {
      parent.kill();
    }
  });
});
