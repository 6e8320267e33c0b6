// The commands behind `npm run …`.
import { Command, CommanderError } from "commander";
import { UserError } from "../stack/errors.ts";
import { describedExitCodes, exitCodes } from "./terminal/exit-codes.ts";
import { forStack } from "./terminal/for-stack.ts";
import { interruptedExitCode, listenForSignals } from "./terminal/interrupt.ts";
import { finishWithoutReader, surviveReaders, writeFailure } from "./terminal/reader.ts";
import { sayProblems } from "./terminal/say.ts";

/** Every command, in the order of a day with it. A command's file is loaded only when it is asked for. */
const commands: readonly [
  name: string,
  description: string,
  load: () => Promise<{ define(command: Command): Command }>,
][] = [
  [
    "up",
    "make or update the whole environment, and wait for the first latency in Prometheus",
    () => import("./commands/up.ts"),
  ],
  [
    "verify",
    "check the exercise on the running stack, step by step, and say what was seen",
    () => import("./commands/verify.ts"),
  ],
  [
    "latency",
    "show the distribution of the latency against the configured one, as Prometheus has it",
    () => import("./commands/latency.ts"),
  ],
  [
    "incident",
    "make errors or latency rise for a while, and say when the alert fires and when it ends",
    () => import("./commands/incident.ts"),
  ],
  [
    "open",
    "open Grafana's dashboard, Prometheus or the server in a browser",
    () => import("./commands/open.ts"),
  ],
  ["logs", "print the server's log lines, as Loki has them", () => import("./commands/logs.ts")],
  [
    "status",
    "show what is running, where it is reached, and what it waits for",
    () => import("./commands/status.ts"),
  ],
  [
    "password",
    "print the password of Grafana's administrator, and nothing else",
    () => import("./commands/password.ts"),
  ],
  [
    "config",
    "list the settings, their values on a stack, and what they mean",
    () => import("./commands/config.ts"),
  ],
  [
    "secret",
    "set a setting that nobody may read, such as registryPassword, and keep it encrypted",
    () => import("./commands/secret.ts"),
  ],
  [
    "dashboards",
    "write dashboards, rules and datasources as files, for a Grafana and a Prometheus of your own",
    () => import("./commands/dashboards.ts"),
  ],
  [
    "pin",
    "write the digests of all images, as their registries have them now, to pull by",
    () => import("./commands/pin.ts"),
  ],
  [
    "sbom",
    "write what the server's image is made of, as CycloneDX, from a stack that is up here",
    () => import("./commands/sbom.ts"),
  ],
  [
    "bundle",
    "collect what a site without internet needs, from a stack that is up here",
    () => import("./commands/bundle.ts"),
  ],
  [
    "down",
    "take the whole environment away, and prove that nothing is left",
    () => import("./commands/down.ts"),
  ],
];

/** What these have begun, they finish or take back, also when nobody reads along any more. */
const changing = new Set(["up", "down", "incident", "password", "secret", "config"]);

/** The stack that the command works on: what a message tells to do is for it too. */
let stack = "dev";

// The user types `npm run COMMAND -- OPTIONS`: help shows it so.
const program = new Command("npm run")
  .description("A delayed HTTP server and the whole monitoring around it, on Kubernetes.")
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
listenForSignals();

// `npm run up`, or `npm run help up`.
const asked = process.argv.slice(2, 4);
for (const [name, description, load] of commands) {
  const command = new Command(name).description(description).copyInheritedSettings(program);
  if (asked.includes(name)) (await load()).define(command);
  program.addCommand(command);
}

try {
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
// Event listeners of the Automation API outlive it; nothing is left to do.
process.exit();

function explain(error: unknown): number {
  if ((error as Error).name === "ExitPromptError") return exitCodes.interrupted; // Ctrl-C at a question.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongInput;
  if (error instanceof UserError) {
    sayProblems(error.problems.map((problem) => forStack(problem, stack)));
    return { input: exitCodes.wrongInput, readiness: exitCodes.notReady, run: exitCodes.failed }[error.kind];
  }
  // Not foreseen, so ours to mend: say what helps to.
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
