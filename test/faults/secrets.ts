// Looks for secrets in whatever the stack writes, shows or hands on.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Secrets by what they are, to be named when one is found: never shown themselves. */
export class Secrets {
  readonly #forms: readonly { name: string; form: Buffer }[];

  constructor(secrets: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(secrets).flatMap(([name, secret]) => {
      if (secret.length < 12) throw new Error(`${name} is too short to be told from chance`);
      const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
      // The last characters in base64 depend on what follows.
      return [secret, base64.slice(0, -1), encodeURIComponent(secret)].map((form) => ({
        name,
        form: Buffer.from(form),
      }));
    });
  }

  /** The names of those that are in some bytes, in plain, in base64 or escaped. */
  in(text: string | Buffer): string[] {
    const bytes = Buffer.from(text as string);
    return [...new Set(this.#forms.filter(({ form }) => bytes.includes(form)).map(({ name }) => name))];
  }

  /** The names of those that are in the files of a folder, with the files. */
  inFolder(folder: string, leaveOut: RegExp): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !leaveOut.test(file))
      .flatMap((file) => this.in(readFileSync(file)).map((name) => `${name} in ${file}`));
  }

  /** The names of those that are in what a command prints, which may be a whole image. */
  async inOutputOf(command: string, args: readonly string[]): Promise<string[]> {
    const longest = Math.max(...this.#forms.map(({ form }) => form.length));
    const found = new Set<string>();
    let end = Buffer.alloc(0);
    // Both streams: what a container said on its stderr comes on that of `docker logs`.
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

/** Every command line that any process of this machine has while something runs. */
export class CommandLines {
  readonly seen = new Set<string>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor() {
    // A process that lives shorter than this is not seen; those that are handed anything live longer.
    if (existsSync("/proc/self/cmdline")) this.#timer = setInterval(() => this.#look(), 50);
  }

  /** Ends the watching: what was seen, as one text. */
  stop(): string {
    clearInterval(this.#timer);
    return [...this.seen].join("\n");
  }

  #look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
      } catch {
        // It has ended.
      }
    }
  }
}
