import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";

const main = join(import.meta.dirname, "..", "src", "main.ts");

/** The program in a child process. */
export interface Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: () => string;
  readonly errors: () => string;
  /** The parsed log lines. */
  readonly lines: () => Record<string, unknown>[];
  /** Resolves to the port when the program listens. Rejects if it ends instead. */
  readonly listening: () => Promise<number>;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs the program, and kills it at the end of the test. */
export function program(
  t: TestContext,
  args: readonly string[],
  environment: Record<string, string> = {},
  file = main,
): Program {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, ...environment },
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = () =>
    output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const listening = async () => {
    let code: number | null | undefined;
    void ended.then((value) => {
      code = value;
    });
    for (;;) {
      // In JSON and in text.
      const port = /\bport"?[:=](\d+)/.exec(output)?.[1];
      if (port !== undefined) return Number(port);
      if (code !== undefined) throw new Error(`the program ended with exit code ${code}: ${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { child, output: () => output, errors: () => errors, lines, listening, ended };
}
