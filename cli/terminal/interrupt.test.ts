import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const skip = process.platform === "win32" ? "Windows has no signals" : false;
const interrupt = JSON.stringify(new URL("interrupt.ts", import.meta.url).href);
const script = (after: string) => `
  import { interruptedExitCode, listenForSignals, onInterrupt } from ${interrupt};
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
const exitCode = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

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

  it("counts a signal from the terminal and its copy from the parent as one", async () => {
    const child = start(run);
    const end = exitCode(child);
    await ready(child);
    child.kill("SIGINT");
    await sleep(50);
    child.kill("SIGINT");
    assert.equal(await end, 130);
  });

  it("ends at once on a second signal", async () => {
    const child = start(run);
    const end = exitCode(child);
    await ready(child);
    child.kill("SIGINT");
    await sleep(400);
    child.kill("SIGINT");
    assert.equal(await end, 99);
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
    let output = "";
    parent.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    await ready(parent);
    parent.kill("SIGKILL");
    await new Promise((resolve) => parent.stdout?.once("close", resolve));
    assert.match(output, /ended with 129/);
  });
});
