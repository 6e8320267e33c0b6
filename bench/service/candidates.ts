import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundled, compiled, installed, type Made } from "./make.ts";

/** A server to measure. */
export interface Candidate {
  readonly name: string;
  readonly command: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
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

/** A server that cannot be measured on this machine. */
interface Missing {
  readonly name: string;
  readonly why: string;
}

const here = import.meta.dirname;
const service = join(here, "..", "..", "service");

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
  const bundle = made(bundled(join(service, "src", "main.ts"), "delayed-server"));
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

/** The delayed server with all available peers, and the missing peers. */
export function candidates(): { there: Candidate[]; missing: Missing[] } {
  const all: (Candidate | Missing)[] = [
    ours(),
    node(names.hono, "hono"),
    node(names.honoPrometheus, "hono-prometheus"),
    node(names.honoPino, "hono-pino"),
    fromGo(names.go, compiled(join(here, "peers", "plain-go"), "plain-go"), (binary) => ({
      command: (port) => [binary, "-port", String(port)],
      paths: { ready: "/delay/0s", now: "/delay/0s", second: "/delay/1s", drawn: "/" },
    })),
    fromGo(
      names.podinfo,
      installed(
        "github.com/stefanprodan/podinfo/cmd/podinfo",
        "v1.8.1-0.20250910200901-e86405a8674e",
        "podinfo",
      ),
      (binary) => ({
        command: (port) => [binary, `--port=${port}`],
        paths: { ready: "/readyz", now: "/delay/0", second: "/delay/1" },
      }),
    ),
    fromGo(
      names.httpbin,
      installed("github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin", "v2.26.0", "go-httpbin"),
      (binary) => ({
        command: (port) => [binary, "-port", String(port)],
        paths: { ready: "/status/200", now: "/delay/0", second: "/delay/1" },
      }),
    ),
  ];
  return {
    there: all.filter((one): one is Candidate => "command" in one),
    missing: all.filter((one): one is Missing => "why" in one),
  };
}

function node(name: string, file: string): Candidate {
  const bundle = made(bundled(join(here, "peers", `${file}.ts`), file));
  return {
    name,
    command: (port) => [process.execPath, bundle, String(port)],
    env: { NODE_ENV: "production" },
    paths: { ready: "/delay/0", now: "/delay/0", second: "/delay/1000", drawn: "/" },
  };
}

function fromGo(
  name: string,
  made: Made,
  candidate: (binary: string) => Omit<Candidate, "name">,
): Candidate | Missing {
  return "why" in made ? { name, why: made.why } : { name, ...candidate(made.file) };
}

/** Throws an error if a build from the project's own sources failed. */
function made(result: Made): string {
  if ("file" in result && existsSync(result.file)) return result.file;
  throw new Error("why" in result ? result.why : `${result.file} was not built`);
}
