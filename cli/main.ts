// The commands behind `npm run …`.
import { Command, CommanderError } from "commander";
import { UserError } from "../stack/errors.ts";
import { refuseOptionsKeptByNpm } from "./npm-options.ts";
import { describedExitCodes, exitCodes } from "./terminal/exit-codes.ts";
import { forStack } from "./terminal/for-stack.ts";
import { interruptedExitCode, listenForSignals } from "./terminal/interrupt.ts";
import { finishWithoutReader, surviveReaders, writeFailure } from "./terminal/reader.ts";
import { refusedFile } from "./terminal/refused-file.ts";
import { sayProblems } from "./terminal/say.ts";
import { assumeWidth } from "./terminal/width.ts";

/** Every command, in the order of use. A command's file is loaded only when the command runs. */
const commands: readonly [
  name: string,
  description: string,
  load: () => Promise<{ define(command: Command): Command }>,
][] = [
  [
    "up",
    "create or update everything, and wait for the first latency in Prometheus",
    () => import("./commands/up.ts"),
  ],
  [
    "verify",
    "check the running stack step by step, and report what was found",
    () => import("./commands/verify.ts"),
  ],
  [
    "latency",
    "show the latency distribution in Prometheus beside the configured one",
    () => import("./commands/latency.ts"),
  ],
  [
    "incident",
    "cause errors or high latency for a while, and report when the alert fires and resolves",
    () => import("./commands/incident.ts"),
  ],
  [
    "open",
    "open Grafana's dashboard, Prometheus or the server in a browser",
    () => import("./commands/open.ts"),
  ],
  ["logs", "print the server's log lines from Loki", () => import("./commands/logs.ts")],
  [
    "status",
    "show what is running, its URLs, and what each pod waits for",
    () => import("./commands/status.ts"),
  ],
  [
    "password",
    "print the password of Grafana's user admin, and nothing else",
    () => import("./commands/password.ts"),
  ],
  [
    "config",
    "list the settings, their values on a stack, and their meaning",
    () => import("./commands/config.ts"),
  ],
  [
    "secret",
    "ask for a secret setting, such as registryPassword, and store it encrypted",
    () => import("./commands/secret.ts"),
  ],
  [
    "dashboards",
    "write dashboards, rules and data sources as files, for your own Grafana and Prometheus",
    () => import("./commands/dashboards.ts"),
  ],
  [
    "pin",
    "write the current digests of all images, to pull images by digest",
    () => import("./commands/pin.ts"),
  ],
  [
    "sbom",
    "write what the server's image contains, as CycloneDX; the stack must be up",
    () => import("./commands/sbom.ts"),
  ],
  [
    "bundle",
    "collect what a site without internet needs; the stack must be up",
    () => import("./commands/bundle.ts"),
  ],
  ["doctor", "print what a bug report needs, and what would stop `up`", () => import("./commands/doctor.ts")],
  ["down", "delete the stack, and check that nothing of it is left", () => import("./commands/down.ts")],
];

/** These commands finish or undo what they have begun, even if their output is closed. */
const changing = new Set(["up", "down", "incident", "password", "secret", "config"]);

/** The selected stack. Commands suggested in error messages get its `--stack`. */
let stack = "dev";

// Help shows commands as the user types them: `npm run COMMAND -- OPTIONS`.
const program = new Command("npm run")
  .description("A delayed HTTP server with Prometheus, Loki and Grafana, on Kubernetes.")
  .usage("COMMAND -- [options]")
  .helpCommand("help [command]", "what a command does, and its options")
  .configureHelp({
    subcommandTerm: (command) => command.name(),
    commandUsage: (command) =>
      command.parent ? `npm run ${command.name()} -- ${command.usage()}` : "npm run COMMAND -- [options]",
  })
  .addHelpText("after", `\nExit codes: ${describedExitCodes()}`)
  .exitOverride()
  .hook("preAction", (_, action) => {
    stack = action.opts<{ stack?: string }>().stack ?? stack;
    if (changing.has(action.name())) finishWithoutReader();
  });

surviveReaders();
assumeWidth();
listenForSignals();

// `npm run up`, or `npm run help up`.
const asked = process.argv.slice(2, 4);
for (const [name, description, load] of commands) {
  const command = new Command(name).description(description).copyInheritedSettings(program);
  if (asked.includes(name)) (await load()).define(command);
  program.addCommand(command);
}

try {
  const [name, ...args] = process.argv.slice(2);
  const command = program.commands.find((one) => one.name() === name);
  if (command) refuseOptionsKeptByNpm(command, args);
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
if (process.exitCode === exitCodes.interrupted) process.exitCode = interruptedExitCode();
const unwritten = await writeFailure();
if (unwritten) {
  sayProblems([
    { what: "the output could not be written", why: unwritten.message, fix: "see where it goes to" },
  ]);
  process.exitCode ||= exitCodes.failed;
}
// Event listeners of the Automation API would keep the process running.
process.exit();

function explain(error: unknown): number {
  if ((error as Error).name === "ExitPromptError") return exitCodes.interrupted; // Ctrl-C at a question.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongInput;
  if (error instanceof UserError) {
    sayProblems(error.problems.map((problem) => forStack(problem, stack)));
    return { input: exitCodes.wrongInput, readiness: exitCodes.notReady, run: exitCodes.failed }[error.kind];
  }
  const refused = refusedFile(error);
  if (refused) {
    sayProblems([refused]);
    return exitCodes.notReady;
  }
  // A bug of latency-lab: say what helps to report it.
  const { message, stack: trace } = error as Error;
  sayProblems([
    {
      what: "latency-lab did not expect this",
      why: message.trim().split("\n").slice(0, 2).join(" "),
      fix: "run it again with LATENCY_LAB_DEBUG=1, and report what it prints",
    },
  ]);
  if (process.env.LATENCY_LAB_DEBUG) console.error(trace);
  return exitCodes.failed;
}
