import packageJson from "../package.json" with { type: "json" };
import { settingsFromCommandLine } from "./command-line.ts";
import { startLoad } from "./load/load.ts";
import { loadSettingGroups, loadSettings, readLoadSettings } from "./load/settings.ts";
import type { Level } from "./log/line.ts";
import { Log } from "./log/log.ts";
import { LineWriter } from "./log/writer.ts";
import { startServer } from "./server.ts";
import { readServerSettings, serverSettings, settingGroups } from "./settings.ts";

const serverCommand = {
  description:
    "An HTTP server that delays its responses and measures their latency exactly.\n" +
    "With `load` as the first argument, it sends requests instead: see `load --help`.",
  groups: settingGroups,
  settings: serverSettings,
  read: readServerSettings,
};

const loadCommand = {
  description: "Sends a steady load of mixed requests to a delayed server.",
  groups: loadSettingGroups,
  settings: loadSettings,
  read: readLoadSettings,
};

async function serve(args: readonly string[]): Promise<void> {
  const settings = settingsFromCommandLine(serverCommand, args, process.env);
  const { log, lines } = logTo(process.stdout.fd, settings);
  const droppedLogLines = () => lines.dropped;
  const server = await startServer(settings, { log, droppedLogLines, build: buildInfo() }).catch(cannotStart);
  onFirstSignal(async () => {
    const cutOff = await server.stop();
    await lines.end();
    process.exit(cutOff === 0 ? 0 : 1);
  });
}

async function load(args: readonly string[]): Promise<void> {
  const settings = settingsFromCommandLine(loadCommand, args, process.env);
  const { log, lines } = logTo(process.stdout.fd, settings);
  const running = await startLoad(settings, log).catch(cannotStart);
  onFirstSignal(() => running.stop());
  await running.ended;
  await lines.end();
  process.exit(0);
}

function logTo(
  descriptor: number,
  { logFormat, logLevel }: { logFormat: "json" | "text"; logLevel: Level | "off" },
) {
  const lines = new LineWriter(descriptor);
  const log = new Log(lines, { format: logFormat, level: logLevel });
  process.on("uncaughtException", (error) => {
    log.event("error", "unexpected error, exiting", { error: error.stack });
    lines.writeNow();
    process.exit(1);
  });
  return { log, lines };
}

/** The version and revision that the image build sets. Without them, the version is that of package.json. */
function buildInfo(): { version: string; revision: string } {
  const { BUILD_VERSION, BUILD_REVISION } = process.env;
  return { version: BUILD_VERSION || packageJson.version, revision: BUILD_REVISION || "unknown" };
}

/** If the address is unusable, prints an error without a stack trace and exits with 1. Rethrows other errors. */
function cannotStart(
  error: NodeJS.ErrnoException & Partial<Record<"address" | "hostname" | "port", string>>,
): never {
  const { syscall, code = "", address, hostname = "", port } = error;
  if (syscall === "getaddrinfo") {
    process.stderr.write(`error: cannot resolve HOST ${JSON.stringify(hostname)}: ${code}\n`);
    // For example x86_64-conda-linux-gnu.
    const isHostTriple = /^\w+-\w+-(linux|darwin|windows|mingw)/.test(hostname);
    const why = isHostTriple ? "  a compiler environment such as conda sets HOST to the machine type:\n" : "";
    process.stderr.write(
      `${why}  unset HOST to listen on all addresses, or set it to a host name or an IP address\n`,
    );
    process.exit(1);
  }
  if (syscall !== "listen") throw error;
  const known: Record<string, string> = {
    EADDRINUSE: "the address is already in use",
    EACCES: "permission denied",
    EADDRNOTAVAIL: "this machine does not have that address",
  };
  process.stderr.write(`error: cannot listen on ${address}:${port}: ${known[code] ?? error.message}\n`);
  process.stderr.write("  set PORT, METRICS_PORT, LOAD_PORT or HOST to listen elsewhere\n");
  process.exit(1);
}

/** Calls `stop` on the first SIGTERM or SIGINT. A second signal exits immediately with 1. */
function onFirstSignal(stop: () => void): void {
  let asked = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      stop();
    });
  }
}

const [first, ...rest] = process.argv.slice(2);
void (first === "load" ? load(rest) : serve(process.argv.slice(2)));
