import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundled, compiled, installed, type Made } from "./make.ts";

/** A server to measure. */
export interface Candidate {
  readonly name: string;
  readonly command: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly paths: {
    /** Answered once it is ready. */
    readonly ready: string;
    /** Answered without a delay. */
    readonly now: string;
    /** Answered after a second. */
    readonly second: string;
    /** Answered after a delay drawn from 0 to 2 s that `Server-Timing` tells; undefined when it has none. */
    readonly drawn?: string;
  };
}

/** A server that can't be measured here. */
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

/** Ours as the image has it, with the default settings. */
export function ours(...flags: string[]): Candidate {
  const bundle = made(bundled(join(service, "src", "main.ts"), "delayed-server"));
  return {
    name: names.ours,
    command: (port) => [process.execPath, ...nodeFlags(), bundle, "--port", String(port), ...flags],
    env: { NODE_ENV: "production" },
    paths: { ready: "/readyz", now: "/delay/0s", second: "/delay/1s", drawn: "/" },
  };
}

/** What the image's entry point tells Node. */
function nodeFlags(): string[] {
  const entryPoint = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(service, "Dockerfile"), "utf8"))?.[1];
  return (JSON.parse(entryPoint ?? "[]") as string[]).filter((part) => part.startsWith("--"));
}

/** Ours and all peers that can be had, and those that can't. */
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

/** What is made of the project's own sources is no candidate to be missing. */
function made(result: Made): string {
  if ("file" in result && existsSync(result.file)) return result.file;
  throw new Error("why" in result ? result.why : `${result.file} was not made`);
}
