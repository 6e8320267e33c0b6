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
    "compare the latency distribution in Prometheus with the configured one",
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
  ["status", "show the pods and what they wait for, and the URLs", () => import("./commands/status.ts")],
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
    "write the contents of the server's image as a CycloneDX SBOM; the stack must be up",
    () => import("./commands/sbom.ts"),
  ],
  [
    "bundle",
    "collect everything for a site without internet access; the stack must be up",
    () => import("./commands/bundle.ts"),
  ],
  [
    "doctor",
    "print the facts for a bug report, and problems that would stop `up`",
    () => import("./commands/doctor.ts"),
  ],
  ["down", "delete the stack, and check that nothing is left of it", () => import("./commands/down.ts")],
];

/** Commands that finish or undo their work even if their output is closed. */
const changing = new Set(["up", "down", "incident", "password", "secret", "config"]);

/** The selected stack. Commands suggested in error messages get its `--stack`. */
let stack = "dev";

// Help shows commands as the user types them: `npm run COMMAND -- OPTIONS`.
const program = new Command("npm run")
  .description("A delayed HTTP server with Prometheus, Loki and Grafana, on Kubernetes.")
  .usage("COMMAND -- [options]")
  .helpCommand("help [command]", "show a command's options")
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
    {
      what: "the output could not be written",
      why: unwritten.message,
      fix: "check the file or program that the output goes to",
    },
  ]);
  process.exitCode ||= exitCodes.failed;
}
// Event listeners of the Automation API would keep the process running.
process.exit();

function explain(error: unknown): number {
  if ((error as Error).name === "ExitPromptError") return exitCodes.interrupted; // Ctrl-C at a prompt.
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
  // A bug of latency-lab.
  const { message, stack: trace } = error as Error;
  sayProblems([
    {
      what: "an unexpected error, probably a bug of latency-lab",
      why: message.trim().split("\n").slice(0, 2).join(" "),
      fix: "run the command again with LATENCY_LAB_DEBUG=1, and report its output",
    },
  ]);
  if (process.env.LATENCY_LAB_DEBUG) console.error(trace);
  return exitCodes.failed;
}
