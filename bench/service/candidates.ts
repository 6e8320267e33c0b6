import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A server to measure. */
export interface Candidate {
  readonly name: string;
  readonly command: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Why it cannot be measured on this machine. */
  readonly why?: string | undefined;
  readonly paths: {
    /** Returns 200 if the server is ready. */
    readonly ready: string;
    /** No delay. */
    readonly now: string;
    /** A delay of one second. */
    readonly second: string;
    /** A random delay from 0 to 2 s, reported in `Server-Timing`; undefined if the server has no such path. */
    readonly drawn?: string;
  };
}

const here = import.meta.dirname;
const root = join(here, "..", "..");
const service = join(root, "service");
const peers = join(here, "peers");

/** The folder for everything that the benchmark builds or downloads. Git ignores it. */
const outputs = join(root, ".latency-lab", "bench");

export const names = {
  ours: "delayed server",
  hono: "bare Hono",
  honoPrometheus: "Hono + @hono/prometheus",
  honoPino: "Hono + requestId, @hono/prometheus, pino",
  go: "plain Go, two histograms",
  podinfo: "podinfo",
  httpbin: "go-httpbin",
} as const;

/** The delayed server with default settings, bundled and started as in the image. */
export function ours(...flags: string[]): Candidate {
  const bundle = bundled(join(service, "src", "main.ts"), "delayed-server");
  return {
    name: names.ours,
    command: (port) => [process.execPath, ...nodeFlags(), bundle, "--port", String(port), ...flags],
    env: { NODE_ENV: "production" },
    paths: { ready: "/readyz", now: "/delay/0s", second: "/delay/1s", drawn: "/" },
  };
}

/** The Node flags of the image's entry point. */
function nodeFlags(): string[] {
  const entryPoint = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(service, "Dockerfile"), "utf8"))?.[1];
  return (JSON.parse(entryPoint ?? "[]") as string[]).filter((part) => part.startsWith("--"));
}

/** The delayed server and its peers. */
export function candidates(): Candidate[] {
  const plainGo = join(outputs, "plain-go");
  return [
    ours(),
    node(names.hono, "hono"),
    node(names.honoPrometheus, "hono-prometheus"),
    node(names.honoPino, "hono-pino"),
    go(["-C", peers, "build", "-o", plainGo, "."], {
      name: names.go,
      command: (port) => [plainGo, "-port", String(port)],
      paths: { ready: "/delay/0s", now: "/delay/0s", second: "/delay/1s", drawn: "/" },
    }),
    go(["install", "github.com/stefanprodan/podinfo/cmd/podinfo@v1.8.1-0.20250910200901-e86405a8674e"], {
      name: names.podinfo,
      command: (port) => [join(outputs, "podinfo"), `--port=${port}`],
      paths: { ready: "/readyz", now: "/delay/0", second: "/delay/1" },
    }),
    go(["install", "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.26.0"], {
      name: names.httpbin,
      command: (port) => [join(outputs, "go-httpbin"), "-port", String(port)],
      paths: { ready: "/status/200", now: "/delay/0", second: "/delay/1" },
    }),
  ];
}

function node(name: string, file: string): Candidate {
  const bundle = bundled(join(peers, `${file}.ts`), file);
  return {
    name,
    command: (port) => [process.execPath, bundle, String(port)],
    env: { NODE_ENV: "production" },
    paths: { ready: "/delay/0", now: "/delay/0", second: "/delay/1000", drawn: "/" },
  };
}

/** Bundles a Node program, with the same tool as the image. Throws an error if that fails. */
function bundled(source: string, name: string): string {
  const file = join(outputs, `${name}.cjs`);
  const args = ["--disable-warning=ExperimentalWarning", "bundle.ts", source, file];
  const why = run(process.execPath, args, { cwd: service });
  if (why !== undefined) throw new Error(why);
  return file;
}

/** A candidate written in Go, built by this command of `go`. */
function go(command: readonly string[], candidate: Candidate): Candidate {
  return { ...candidate, why: run("go", command, { env: { ...process.env, GOBIN: outputs } }) };
}

/** Runs a build; returns the reason if it fails. */
function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): string | undefined {
  mkdirSync(outputs, { recursive: true });
  const { status, error, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status === 0) return undefined;
  if (error !== undefined && "code" in error && error.code === "ENOENT") return `${command} not found`;
  // The last line is the error. Those before it list downloads.
  return error?.message ?? stderr.trim().split("\n").at(-1);
}
