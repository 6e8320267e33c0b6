// Asking npm's registry, which knows advisories of today. Mirrors often don't offer it.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `npm audit` said of a lockfile: packages with advisories, or why it could not say. */
export type Audit = { readonly found: readonly string[] } | { readonly unasked: string };

/** Asks about what a lockfile installs for use, without what only developing takes. */
export async function npmAudit(root: string, part: "." | "service"): Promise<Audit> {
  const folder = mkdtempSync(join(tmpdir(), "latency-lab-audit-"));
  try {
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(join(root, part, file), join(folder, file));
    }
    if (part === ".") {
      // npm looks for the workspace that the lockfile names.
      mkdirSync(join(folder, "service"));
      copyFileSync(join(root, "service/package.json"), join(folder, "service/package.json"));
    }
    return answerOf(await output("npm", ["audit", "--omit=dev", "--package-lock-only", "--json"], folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the JSON of `npm audit`, which is a report or an error. */
export function answerOf(json: string): Audit {
  let answer: {
    vulnerabilities?: Record<string, { severity: string; range: string }>;
    statusCode?: number;
    error?: { code?: string };
  };
  try {
    answer = JSON.parse(json);
  } catch {
    return { unasked: "npm audit printed no report" };
  }
  if (answer.vulnerabilities === undefined) {
    const status = answer.statusCode ? `it answered ${answer.statusCode}` : answer.error?.code;
    return { unasked: `the npm registry offers no advisories${status ? ` (${status})` : ""}` };
  }
  return {
    found: Object.entries(answer.vulnerabilities).map(
      ([name, { severity, range }]) => `${name} ${range} (${severity})`,
    ),
  };
}

/** What a command printed, however it ended: npm ends with 1 when it found something. */
function output(command: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 1 << 26, timeout: 120_000 }, (_, stdout) => resolve(stdout));
  });
}
