// Searches for secrets in everything that the stack writes or prints.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Secrets by name; a match reports the name, never the secret. */
export class Secrets {
  readonly #forms: readonly { name: string; form: Buffer }[];

  constructor(secrets: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(secrets).flatMap(([name, secret]) => {
      if (secret.length < 12) throw new Error(`${name} is too short to be distinguished from chance`);
      const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
      // The last characters in base64 depend on what follows.
      return [secret, base64.slice(0, -1), encodeURIComponent(secret)].map((form) => ({
        name,
        form: Buffer.from(form),
      }));
    });
  }

  /** Names of the secrets found in some bytes: plain, base64-encoded or URL-encoded. */
  in(text: string | Buffer): string[] {
    const bytes = Buffer.from(text as string);
    return [...new Set(this.#forms.filter(({ form }) => bytes.includes(form)).map(({ name }) => name))];
  }

  /** Names of the secrets found in the files of a folder, with the file. */
  inFolder(folder: string, leaveOut: RegExp): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !leaveOut.test(file))
      .flatMap((file) => this.in(readFileSync(file)).map((name) => `${name} in ${file}`));
  }

  /** Names of the secrets found in a command's output, which may be as large as an image. */
  async inOutputOf(command: string, args: readonly string[]): Promise<string[]> {
    const longest = Math.max(...this.#forms.map(({ form }) => form.length));
    const found = new Set<string>();
    let end = Buffer.alloc(0);
    // Both streams: `docker logs` writes the container's stderr to stderr.
    const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", command, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const chunk of child.stdout) {
      const bytes = Buffer.concat([end, chunk as Buffer]);
      for (const name of this.in(bytes)) found.add(name);
      end = bytes.subarray(-longest);
    }
    if (child.exitCode === null) await new Promise((resolve) => child.on("close", resolve));
    if (child.exitCode !== 0) throw new Error(`${command} ${args[0]} ended with ${child.exitCode}`);
    return [...found];
  }
}

/** The keys and tokens of a kubeconfig's user, by name: as they are, and decoded. */
export function credentialsIn(kubeconfig: string): Record<string, string> {
  const [{ user }] = parse(kubeconfig).users;
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries<string>(user)) {
    if (!/key-data|token/.test(name)) continue;
    found[`the kubeconfig's ${name}`] = value.slice(0, 2000);
    const decoded = Buffer.from(value, "base64").toString().split("\n")[2] ?? "";
    if (name.endsWith("-data")) found[`the kubeconfig's ${name}, decoded`] = decoded;
  }
  return found;
}

/** Records the command lines of all processes on this machine. */
export class CommandLines {
  readonly seen = new Set<string>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor() {
    // Misses processes shorter than the interval; those that get secrets live longer.
    if (existsSync("/proc/self/cmdline")) this.#timer = setInterval(() => this.#look(), 50);
  }

  /** Stops recording, and returns all command lines as one text. */
  stop(): string {
    clearInterval(this.#timer);
    return [...this.seen].join("\n");
  }

  #look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
      } catch {
        // The process has ended.
      }
    }
  }
}
