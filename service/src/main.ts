import { buildInfo } from "./build.ts";
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
    "An HTTP server that waits before it answers, and measures exactly how long.\n" +
    "With `load` as the first argument it sends requests instead; `load --help` explains.",
  groups: settingGroups,
  settings: serverSettings,
  read: readServerSettings,
};

const loadCommand = {
  description: "Sends requests to a delayed server: a steady load of many kinds of requests.",
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
    log.event("error", "failed and ends", { error: error.stack });
    lines.writeNow();
    process.exit(1);
  });
  return { log, lines };
}

/** A port that is taken needs a message, not a stack. */
function cannotStart(error: NodeJS.ErrnoException & { address?: string; port?: number }): never {
  if (error.syscall !== "listen" && error.syscall !== "getaddrinfo") throw error;
  const why =
    { EADDRINUSE: "something is listening there already", EACCES: "that is not allowed to this user" }[
      error.code ?? ""
    ] ?? error.message;
  process.stderr.write(`error: cannot listen on ${error.address}:${error.port}: ${why}\n`);
  process.stderr.write("PORT, METRICS_PORT, LOAD_PORT and HOST choose where to listen\n");
  process.exit(1);
}

/** Whoever asks a second time does not want to wait. */
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
