import packageJson from "../package.json" with { type: "json" };
import { exitWithoutAddress, settingsFromCommandLine } from "./command-line.ts";
import { startLoad } from "./load/load.ts";
import { loadSettingGroups, loadSettings } from "./load/settings.ts";
import { Log } from "./log/log.ts";
import { LineWriter } from "./log/writer.ts";
import { startServer } from "./server.ts";
import { readEach } from "./setting-kinds.ts";
import { readServerSettings, settingGroups } from "./settings.ts";

const serverCommand = {
  description:
    "An HTTP server that delays its responses and measures their latency exactly.\n" +
    "With `load` as the first argument, it sends requests instead: see `load --help`.",
  groups: settingGroups,
  read: readServerSettings,
};

const loadCommand = {
  description: "Sends a steady load of mixed requests to a delayed server.",
  groups: loadSettingGroups,
  read: (texts: Record<string, string | undefined>) => readEach(loadSettings, texts),
};

async function serve(args: readonly string[]): Promise<void> {
  const settings = settingsFromCommandLine(serverCommand, args);
  const { log, lines } = logTo(process.stdout.fd, settings);
  const sources = { droppedLogLines: () => lines.dropped, build: buildInfo() };
  const server = await startServer(settings, log, sources).catch(exitWithoutAddress);
  onFirstSignal(async () => {
    const cutOff = await server.stop();
    await lines.end();
    process.exit(cutOff === 0 ? 0 : 1);
  });
}

async function load(args: readonly string[]): Promise<void> {
  const settings = settingsFromCommandLine(loadCommand, args);
  const { log, lines } = logTo(process.stdout.fd, settings);
  const running = await startLoad(settings, log).catch(exitWithoutAddress);
  onFirstSignal(() => running.stop());
  await running.ended;
  await lines.end();
  process.exit(0);
}

function logTo(descriptor: number, format: ConstructorParameters<typeof Log>[1]) {
  const lines = new LineWriter(descriptor);
  const log = new Log((line) => lines.write(line), format);
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

/** Calls `stop` on the first SIGTERM or SIGINT. A second signal exits immediately with 1. */
function onFirstSignal(stop: () => void): void {
  let onSignal = () => {
    onSignal = () => process.exit(1);
    stop();
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => onSignal());
}

const [first, ...rest] = process.argv.slice(2);
void (first === "load" ? load(rest) : serve(process.argv.slice(2)));
