import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../cli/clients/eventually.ts";
import { listening } from "./fakes.ts";

/** Programs that run during a test, in a folder that is removed with them. */
export class Programs {
  readonly folder = mkdtempSync(join(tmpdir(), "latency-lab-"));
  readonly #running = new Map<string, ChildProcess>();

  /** Starts a program, and writes its output to a file with its name. */
  start(name: string, command: string, args: readonly string[], env: Record<string, string> = {}): void {
    const output = openSync(this.file(`${name}.log`), "a");
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output],
    });
    child.on("error", (error) =>
      createWriteStream(this.file(`${name}.log`), { flags: "a" }).end(String(error)),
    );
    this.#running.set(name, child);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Waits until a URL answers with success; fails with the program's output. */
  async ready(name: string, url: string): Promise<void> {
    const answers = async () => assert.ok((await fetch(url)).ok);
    await eventually(answers, 30).catch(() => {
      const output = readFileSync(this.file(`${name}.log`), "utf8").slice(-2000);
      throw new Error(`${name} did not become ready:\n${output}`);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stopOne(name)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async stopOne(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // SIGKILL, because no data has to be saved.
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

/** Ports that are currently free. */
export async function freePorts<const Names extends readonly string[]>(
  ...names: Names
): Promise<Record<Names[number], number>> {
  const servers = names.map(() => createServer());
  const ports = await Promise.all(servers.map((server) => listening(server)));
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<Names[number], number>;
}
