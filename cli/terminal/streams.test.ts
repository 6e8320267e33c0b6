import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { describe, it } from "node:test";

const streams = JSON.stringify(new URL("streams.ts", import.meta.url).href);

/** Runs code with a closed output, and returns its exit code and stderr. */
function unread(code: string, stdout: "closed" | number): Promise<{ code: number | null; stderr: string }> {
  const script = `
    import { finishWithoutReader, surviveReaders, writeFailure } from ${streams};
    surviveReaders();
    ${code}
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", stdout === "closed" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stderr })));
}

const write = (times: number) => `
  for (let i = 0; i < ${times}; i++) {
    console.log("a line");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
`;

describe("a command whose output is closed", () => {
  it("ends silently if it is read-only", async () => {
    const ended = await unread(`${write(100)} process.exit(9);`, "closed");
    assert.deepEqual(ended, { code: 0, stderr: "" });
  });

  it("finishes its work without output", async () => {
    // Like the Automation API, writes uncaught errors to the same pipe.
    const api = `process.on("uncaughtException", (error) => console.log(error));`;
    const ended = await unread(`${api} finishWithoutReader(); ${write(100)} process.exit(7);`, "closed");
    assert.deepEqual(ended, { code: 7, stderr: "" });
  });
});

describe("a command that can't write", () => {
  const skip = process.platform === "linux" ? false : "there is no /dev/full";
  it("says why", { skip }, async () => {
    const code = 'console.log("a line"); console.error((await writeFailure())?.message);';
    assert.match((await unread(code, openSync("/dev/full", "w"))).stderr, /ENOSPC/);
  });
});

const isGnu = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
const skip = isGnu ? false : "there is no `script` to make a terminal with";

/** The width that a command sees on a terminal with this number of columns. */
function seenOn(columns: number): string {
  const code = `import { assumeWidth } from ${streams}; assumeWidth(); console.log(String(process.stdout.columns));`;
  const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module --eval '${code}'`;
  const { stdout } = spawnSync("script", ["-qec", `stty cols ${columns} && ${node}`, "/dev/null"], {
    encoding: "utf8",
  });
  return stdout.trim();
}

describe("the width of a terminal", { skip }, () => {
  it("is 80 columns if the terminal does not report it", () => assert.equal(seenOn(0), "80"));
  it("is the terminal's own", () => assert.equal(seenOn(123), "123"));
});
