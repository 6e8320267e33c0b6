// The commands behind `npm run …`.
import { Command, CommanderError } from "commander";
import { UserError } from "../stack/errors.ts";
import { bundle } from "./commands/bundle.ts";
import { config } from "./commands/config.ts";
import { dashboards } from "./commands/dashboards.ts";
import { down } from "./commands/down.ts";
import { incident } from "./commands/incident.ts";
import { latency } from "./commands/latency.ts";
import { logs } from "./commands/logs.ts";
import { open } from "./commands/open.ts";
import { password } from "./commands/password.ts";
import { pin } from "./commands/pin.ts";
import { sbom } from "./commands/sbom.ts";
import { secret } from "./commands/secret.ts";
import { status } from "./commands/status.ts";
import { up } from "./commands/up.ts";
import { verify } from "./commands/verify.ts";
import { describedExitCodes, exitCodes } from "./exit-codes.ts";
import { interruptedExitCode, listenForSignals } from "./interrupt.ts";
import { forStack } from "./terminal/for-stack.ts";
import { finishWithoutReader, surviveReaders, writeFailure } from "./terminal/reader.ts";
import { sayProblems } from "./terminal/say.ts";

/** In the order of a day with it. */
const commands = [
  up,
  verify,
  latency,
  incident,
  open,
  logs,
  status,
  password,
  config,
  secret,
  dashboards,
  pin,
  sbom,
  bundle,
  down,
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
    commandUsage: (command) =>
      command.parent ? `npm run ${command.name()} -- ${command.usage()}` : "npm run COMMAND -- [options]",
  })
  .addHelpText("after", `\nExit codes: ${describedExitCodes()}`)
  .exitOverride()
  .hook("preAction", (_, action) => {
    stack = action.opts<{ stack?: string }>().stack ?? stack;
    if (changing.has(action.name())) finishWithoutReader();
  });

for (const command of commands) {
  program.addCommand(command().copyInheritedSettings(program));
}

surviveReaders();
listenForSignals();
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
