// A copy of the project in an empty folder, like a new clone, and its commands.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { stateFiles } from "../cli/pulumi/paths.ts";

const root = join(import.meta.dirname, "..");

/** The result of a command. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Not copied: dependencies, state, history. */
const leftOut = new Set(["node_modules", ".latency-lab", ".git"]);

export class Checkout {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** `name` is the beginning of the folder's name, to test spaces and non-ASCII letters in paths. */
  constructor(environment: NodeJS.ProcessEnv = {}, name = "latency-lab-") {
    this.folder = fs.mkdtempSync(join(tmpdir(), name));
    this.#environment = environment;
    for (const name of fs.readdirSync(root).filter((one) => !leftOut.has(one))) {
      const filter = (path: string) => !leftOut.has(basename(path));
      fs.cpSync(join(root, name), join(this.folder, name), { recursive: true, filter });
    }
  }

  /** Environment of every command. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: "1", ...this.#environment };
  }

  /** Starts `npm run NAME -- ARGS`. */
  start(name: string, ...args: string[]): ChildProcess {
    return spawn("npm", ["run", "--silent", name, "--", ...args], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      // Its own process group, as in a terminal: npm does not pass signals on.
      detached: true,
    });
  }

  /** Runs `npm run NAME -- ARGS` and waits for it. */
  npm(name: string, ...args: string[]): Promise<Ended> {
    return ended(this.start(name, ...args));
  }

  /** Runs another command in the folder, such as `pulumi`, and waits for it. */
  run(command: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const env = { ...this.environment, ...environment };
    return ended(spawn(command, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** Links the installed dependencies of the original. */
  shareDependencies(): this {
    fs.symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    return this;
  }

  /** Runs a command with Node directly, for a user with programs in the copy's `bin`, whose home is the copy. */
  command(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const main = join(this.folder, "cli", "main.ts");
    return ended(
      spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
        cwd: this.folder,
        env: {
          PATH: `${join(this.folder, "bin")}${delimiter}${process.env.PATH}`,
          HOME: this.folder,
          PULUMI_HOME: join(this.folder, ".pulumi"),
          NO_COLOR: "1",
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** Writes a file in the copy, such as the settings of a stack, or a program in `bin`. */
  write(file: string, text: string): void {
    const path = resolve(this.folder, file);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, text, { mode: file.startsWith("bin/") ? 0o755 : 0o644 });
  }

  /** The files of a stack in the project's own backend. */
  filesOf(stack: string): ReturnType<typeof stateFiles> {
    return stateFiles(join(this.folder, ".latency-lab", "state"), stack);
  }

  /** The stacks in the project's own backend. */
  get stacks(): string[] {
    const folder = dirname(this.filesOf("dev").state);
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Sends a signal to the command's process group, as Ctrl-C does. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name);
}

/**
 * Kills a command and all its descendants. Pulumi's plugins have their own process groups, so a signal to
 * the command's group misses them.
 */
export function killAll(pid: number): void {
  const all = descendants(pid);
  for (const one of all) {
    try {
      process.kill(one, "SIGKILL");
    } catch (error) {
      // It has ended already.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** A process and its descendants, parents first, so that none of them notices a child's death. */
function descendants(pid: number): number[] {
  const table = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) {
    found.push(...table.filter(([, ppid]) => ppid === parent).map(([child]) => child));
  }
  return found;
}

/** Waits for a command; with E2E_VERBOSE, shows its output meanwhile. */
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
