import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ended } from "../../test/checkout.ts";
import { forStack, refusedFile } from "./say.ts";

const module = JSON.stringify(new URL("process.ts", import.meta.url).href);
const skip = process.platform === "win32" ? "Windows has no signals" : false;
const script = (after: string) => `
  import { interruptedExitCode, listenForSignals, onInterrupt } from ${module};
  listenForSignals();
  setInterval(() => {}, 1000);
  ${after}
`;
/** Stops half a second after the first signal; a second signal ends it with 99. */
const run = script(`
  const { signal } = onInterrupt("", () => process.exit(99));
  signal.onabort = () => setTimeout(() => process.exit(interruptedExitCode()), 500);
  console.log("ready");
`);

function start(code: string, command = process.execPath, args: readonly string[] = []): ChildProcess {
  const node = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code];
  return spawn(command, [...args, ...node], { stdio: ["ignore", "pipe", "inherit"] });
}

const ready = (child: ChildProcess) => new Promise((resolve) => child.stdout?.once("data", resolve));
const exitCode = async (child: ChildProcess) => (await ended(child)).code;

describe("a run that is stopped", { skip }, () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`by ${signal} stops cleanly and exits with ${code}`, async () => {
      const child = start(run);
      const end = exitCode(child);
      await ready(child);
      child.kill(signal);
      assert.equal(await end, code);
    });
  }

  const twice = [
    ["counts a signal from the terminal and its copy from the parent as one", 50, 130],
    ["ends at once on a second signal", 400, 99],
  ] as const;
  for (const [what, pause, code] of twice)
    it(what, async () => {
      const child = start(run);
      const end = exitCode(child);
      await ready(child);
      child.kill("SIGINT");
      await sleep(pause);
      child.kill("SIGINT");
      assert.equal(await end, code);
    });

  it("ends at once if it has not changed anything yet", async () => {
    const child = start(script('console.log("ready");'));
    const end = exitCode(child);
    await ready(child);
    child.kill("SIGTERM");
    assert.equal(await end, 143);
  });

  it("stops cleanly if its parent process dies", async () => {
    const tells = `${run} process.on("exit", (code) => console.log("ended with", code));`;
    const parent = start(tells, "sh", ["-c", '"$@" & wait', "sh", process.execPath]);
    const end = ended(parent);
    await ready(parent);
    parent.kill("SIGKILL");
    assert.match((await end).stdout, /ended with 129/);
  });
});

/** Runs code with a closed output, and returns its exit code and stderr. */
async function unread(code: string, stdout: "closed" | number): Promise<{ code: number; stderr: string }> {
  const script = `
    import { finishWithoutReader, surviveReaders, writeFailure } from ${module};
    surviveReaders();
    ${code}
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", stdout === "closed" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.destroy();
  const { code: exitCode, stderr } = await ended(child);
  return { code: exitCode, stderr };
}

const write = (times: number) => `
  for (let i = 0; i < ${times}; i++) {
    console.log("a line");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
`;

describe("a command whose output is closed", () => {
  it("ends silently if it is read-only", async () => {
    const result = await unread(`${write(100)} process.exit(9);`, "closed");
    assert.deepEqual(result, { code: 0, stderr: "" });
  });

  it("finishes its work without output", async () => {
    // Like the Automation API, writes uncaught errors to the same pipe.
    const api = `process.on("uncaughtException", (error) => console.log(error));`;
    const result = await unread(`${api} finishWithoutReader(); ${write(100)} process.exit(7);`, "closed");
    assert.deepEqual(result, { code: 7, stderr: "" });
  });
});

describe("a command that can't write", () => {
  const skip = process.platform === "linux" ? false : "there is no /dev/full";
  it("says why", { skip }, async () => {
    const code = 'console.log("a line"); console.error((await writeFailure())?.message);';
    assert.match((await unread(code, openSync("/dev/full", "w"))).stderr, /ENOSPC/);
  });

  it("fails", { skip }, () => {
    const main = join(import.meta.dirname, "..", "main.ts");
    const stdio = ["ignore" as const, openSync("/dev/full", "w"), "pipe" as const];
    const { status, stderr } = spawnSync(process.execPath, [main, "config"], { stdio, encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /the output could not be written\n {2}why: .*ENOSPC/);
  });
});

const isGnu = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
const noTerminal = isGnu ? false : "there is no `script` to make a terminal with";

/** The width that a command sees on a terminal with this number of columns. */
function seenOn(columns: number): string {
  const code = `import { assumeWidth } from ${module}; assumeWidth(); console.log(String(process.stdout.columns));`;
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module --eval '${code}'`;
  const { stdout } = spawnSync("script", ["-qec", `stty cols ${columns} && ${node}`, "/dev/null"], {
    encoding: "utf8",
  });
  return stdout.trim();
}

describe("the width of a terminal", { skip: noTerminal }, () => {
  it("is 80 columns if the terminal does not report it", () => assert.equal(seenOn(0), "80"));
  it("is the terminal's own", () => assert.equal(seenOn(123), "123"));
});

describe("a command in a message", () => {
  it("gets the selected stack", () => {
    assert.equal(
      forStack("npm run up -- --config delayMin=0s", "test"),
      "npm run up -- --stack test --config delayMin=0s",
    );
    assert.equal(
      forStack("npm run secret -- registryPassword   (asks for it)", "test"),
      "npm run secret -- --stack test registryPassword   (asks for it)",
    );
    assert.equal(forStack("npm run up   (goes on)", "test"), "npm run up -- --stack test   (goes on)");
  });

  it("gets no stack for dev, and keeps a stack that it already has", () => {
    assert.equal(forStack("npm run up", "dev"), "npm run up");
    assert.equal(forStack("npm run down -- --stack other", "test"), "npm run down -- --stack other");
  });
});

describe("a file that could not be used", () => {
  const folder = mkdtempSync(join(tmpdir(), "bob's lab "));
  after(() => rmSync(folder, { recursive: true }));
  const problem = (code: string, path?: string) =>
    refusedFile(Object.assign(new Error(code), { code, path }));

  it("is named, even if it does not exist yet, with the folder that blocks it", () => {
    const found = problem("EROFS", join(folder, "state", "env"));
    assert.equal(found?.what, `${join(folder, "state", "env")} can't be used`);
    assert.equal(found?.why, `${folder} is read-only or protected`);
  });

  it("on a full disk names the disk, in a command that can be pasted", () => {
    assert.match(problem("ENOSPC", folder)?.fix ?? "", /^df -h '.*bob'\\''s lab /);
  });

  const skip = process.getuid?.() === 0 || process.platform === "win32" ? "every file is this user's" : false;
  it("is reported with its owner", { skip }, () => {
    assert.match(
      problem("EACCES", "/etc/latency-lab")?.why ?? "",
      /^\/etc belongs to root, and you are user /,
    );
  });

  it("is not reported for other errors", () => {
    assert.equal(problem("ECONNREFUSED", folder), undefined);
    assert.equal(problem("EACCES"), undefined);
  });
});
