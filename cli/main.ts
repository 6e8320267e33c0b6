// The commands behind `npm run …`.
import { Command, CommanderError } from "commander";
import { UserError } from "../stack/errors.ts";
import { type CommonOptions, jsonOption, refuseOptionsKeptByNpm, stackOption } from "./options.ts";
import {
  assumeWidth,
  finishWithoutReader,
  interruptedExitCode,
  listenForSignals,
  surviveReaders,
  writeFailure,
} from "./terminal/process.ts";
import { exitCodes, nameStack, refusedFile, reserveStdoutForJson, sayProblems } from "./terminal/say.ts";

/** Every command, in the order of use. Its file in commands/ is loaded only when the command runs. */
const commands = {
  up: "create or update everything, and wait for the first latency in Prometheus",
  verify: "check the running stack step by step, and report what was found",
  latency: "compare the latency distribution in Prometheus with the configured one",
  incident: "cause errors or high latency for a while, and report when the alert fires and resolves",
  open: "open Grafana's dashboard, Prometheus or the server in a browser",
  logs: "print the server's log lines from Loki",
  status: "show the pods and what they wait for, and the URLs",
  password: "print the password of Grafana's user admin, and nothing else",
  config: "list the settings, their values on a stack, and their meaning",
  secret: "ask for a secret setting, such as registryPassword, and store it encrypted",
  dashboards: "write dashboards, rules and data sources as files, for your own Grafana and Prometheus",
  pin: "write the current digests of all images, to pull images by digest",
  images: "list the images that the stack runs; fails if the support of one of them has ended",
  sbom: "write the contents of the server's image as a CycloneDX SBOM; the stack must be up",
  bundle: "collect everything for a site without internet access; the stack must be up",
  doctor: "print the facts for a bug report, and problems that would stop `up`",
  down: "delete the stack, and check that nothing is left of it",
};

/** Commands that finish or undo their work even if their output is closed. */
const changing = new Set(["up", "down", "incident", "password", "secret"]);

/** A command's file: its own arguments and options, and its action, whose result is the exit code. */
interface CommandFile {
  define?(command: Command): Command;
  run(...args: unknown[]): Promise<number>;
}

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
  .addHelpText(
    "after",
    `\nExit codes: ${exitCodes.ok} done, ${exitCodes.failed} failed, ${exitCodes.wrongInput} wrong option or setting, ` +
      `${exitCodes.notReady} a requirement is not met, ${exitCodes.interrupted} stopped by Ctrl-C`,
  )
  .exitOverride()
  .hook("preAction", (_, action) => {
    const options = action.opts<CommonOptions>();
    nameStack(options.stack);
    if (options.json) reserveStdoutForJson();
    if (changing.has(action.name())) finishWithoutReader();
  });

surviveReaders();
assumeWidth();
listenForSignals();

// `npm run up`, or `npm run help up`.
const asked = process.argv.slice(2, 4);
for (const [name, description] of Object.entries(commands)) {
  const command = new Command(name).description(description).copyInheritedSettings(program);
  if (asked.includes(name)) {
    const { define, run } = (await import(`./commands/${name}.ts`)) as CommandFile;
    define?.(command);
    command.addOption(stackOption()).addOption(jsonOption());
    command.action(async (...args) => {
      process.exitCode = await run(...args);
    });
  }
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
  sayProblems({
    what: "the output could not be written",
    why: unwritten.message,
    fix: "check the file or program that the output goes to",
  });
  process.exitCode ||= exitCodes.failed;
}
// Event listeners of the Automation API, and port-forwards, would keep the process running.
process.exit();

function explain(error: unknown): number {
  if ((error as Error).name === "ExitPromptError") return exitCodes.interrupted; // Ctrl-C at a prompt.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongInput;
  if (error instanceof UserError) {
    sayProblems(...error.problems);
    return { input: exitCodes.wrongInput, readiness: exitCodes.notReady, run: exitCodes.failed }[error.kind];
  }
  const refused = refusedFile(error);
  if (refused) {
    sayProblems(refused);
    return exitCodes.notReady;
  }
  const { message, stack: trace } = error as Error;
  sayProblems({
    what: "an unexpected error, probably a bug of latency-lab",
    why: message.trim().split("\n").slice(0, 2).join(" "),
    fix: "run the command again with LATENCY_LAB_DEBUG=1, and report its output",
  });
  if (process.env.LATENCY_LAB_DEBUG) console.error(trace);
  return exitCodes.failed;
}
