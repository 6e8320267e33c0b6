import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureStateDir, root, stateDir } from "./paths.ts";

/** Where Pulumi keeps the stack's state, and what it needs to read it. */
export interface Backend {
  /** Whether latency-lab made it, in its own state folder. */
  readonly own: boolean;
  /** For people: where it is. */
  readonly description: string;
  /** Environment variables that make Pulumi use it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The backend the user is logged in to; with none, files in the state folder,
 * so that nobody needs an account for a first try.
 */
export function findBackend(): Backend {
  const chosen = process.env.PULUMI_BACKEND_URL ?? projectBackend() ?? loggedIn();
  if (chosen !== undefined) {
    return { own: false, description: chosen, env: needsPassphrase(chosen) ? passphrase() : {} };
  }
  const folder = join(ensureStateDir(), "state");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    own: true,
    description: "files in .latency-lab/state",
    env: { PULUMI_BACKEND_URL: pathToFileURL(folder).href, ...passphrase() },
  };
}

function projectBackend(): string | undefined {
  return /^backend:\s*\n\s+url:\s*(\S+)/m.exec(readFileSync(join(root, "Pulumi.yaml"), "utf8"))?.[1];
}

/** As `pulumi login` remembers it (`current` in credentials.json). */
function loggedIn(): string | undefined {
  if (process.env.PULUMI_ACCESS_TOKEN) return "https://api.pulumi.com";
  const file = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  try {
    const { current } = JSON.parse(readFileSync(file, "utf8")) as { current?: string };
    return current === "" ? undefined : current;
  } catch {
    return undefined;
  }
}

/** Pulumi Cloud keeps keys itself; every other backend encrypts secrets with a passphrase. */
function needsPassphrase(url: string): boolean {
  return !/^https?:\/\//.test(url);
}

/** The user's own passphrase, else one made here once, readable by its owner only. */
function passphrase(): Record<string, string> {
  if (process.env.PULUMI_CONFIG_PASSPHRASE !== undefined) return {};
  if (process.env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return {};
  const file = join(ensureStateDir(), "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

/** The shell commands after which plain `pulumi` works on the stack, as a file to source. */
export function writeEnvironmentFile(backend: Backend, extraPath: string | undefined): string | undefined {
  const lines = Object.entries(backend.env).map(([name, value]) => `export ${name}='${value}'`);
  if (extraPath !== undefined) lines.push(`export PATH='${extraPath}':"$PATH"`);
  if (lines.length === 0) return undefined;
  const file = join(stateDir, "env");
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return ".latency-lab/env";
}
