// A copy of the project for one test file, with a state folder and a home of its own.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** How a command ended. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Project {
  readonly folder: string;

  constructor(name = "latency-lab-cli-") {
    this.folder = mkdtempSync(join(tmpdir(), name));
    for (const part of ["cli", "stack", "service/src", "dashboards", "package.json", "Pulumi.yaml"]) {
      cpSync(join(root, part), join(this.folder, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Writes a file of the project, such as a stack's settings. */
  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Runs a command as `npm run` would. */
  run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(this.folder, "cli", "main.ts"), ...args],
      {
        cwd: this.folder,
        env: {
          PATH: process.env.PATH,
          HOME: this.folder,
          PULUMI_HOME: join(this.folder, ".pulumi"),
          NO_COLOR: "1",
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 128, ...output }));
    });
  }

  /** The stacks that Pulumi knows of in the project's own backend: none, unless something was made. */
  get stacks(): string[] {
    const folder = join(this.folder, ".latency-lab", "state", ".pulumi", "stacks", "latency-lab");
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
