// A copy of the project in an empty folder, as a newcomer's clone, and its commands.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export class Checkout {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** Copies what git would: neither dependencies nor state. */
  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "latency-lab-e2e-"));
    this.#environment = environment;
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
      cwd: root,
      encoding: "utf8",
    });
    for (const file of listed.split("\0").filter((one) => one !== "")) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      try {
        cpSync(join(root, file), join(this.folder, file));
      } catch (error) {
        // Deleted in the working tree, still in the index.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  }

  /** The environment of every command: no Pulumi login of this machine's user. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: "1", ...this.#environment };
  }

  /** Starts `npm run NAME -- ARGS`. */
  start(name: string, ...args: string[]): ChildProcess {
    return spawn("npm", ["run", "--silent", name, "--", ...args], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, as a terminal gives it: npm passes no signal on.
      detached: true,
    });
  }

  /** Runs `npm run NAME -- ARGS` to its end. */
  npm(name: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(name, ...args));
  }

  /** Runs another command in the folder, such as `pulumi`. */
  run(command: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const began = Date.now();
    return new Promise((resolve) => {
      const options = {
        cwd: this.folder,
        env: { ...this.environment, ...environment },
        maxBuffer: 1 << 26,
      };
      execFile(command, args, options, (error, stdout, stderr) => {
        const code = error ? Number((error as { code?: number }).code ?? 1) : 0;
        resolve({ code, stdout, stderr, seconds: (Date.now() - began) / 1000 });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Sends a signal to every process of a command, as Ctrl-C in a terminal does. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name);
}

/** Waits for a command's end, passing on what it says meanwhile to who watches the tests. */
export function ended(child: ChildProcess): Promise<Ended> {
  const began = Date.now();
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      if (process.env.E2E_VERBOSE) process.stderr.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 128, ...output, seconds: (Date.now() - began) / 1000 });
    });
  });
}
