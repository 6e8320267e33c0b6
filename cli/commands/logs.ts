import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { logFields } from "../../service/src/log/line.ts";
import { UserError } from "../../stack/errors.ts";
import { Grafana } from "../clients/grafana.ts";
import { reach } from "../clients/reach.ts";
import { type CommonOptions, exitsWith, jsonOption, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { onStop } from "../terminal/interrupt.ts";
import { styled } from "../terminal/say.ts";

interface LogsOptions extends CommonOptions {
  readonly follow: boolean;
  readonly since: string;
  readonly grep?: string;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .option("-f, --follow", "print new lines until Ctrl-C", false)
    .option("--since <minutes>", "how far back to start, in minutes", "15")
    .option("--grep <text>", "only lines that contain this text")
    .addOption(jsonOption())
    .action(exitsWith(printLogs));

/** A log line with Loki's timestamp. */
interface Line {
  readonly nanoseconds: bigint;
  readonly text: string;
}

/** Prints the server's lines, oldest first. */
async function printLogs({ stack, follow, since, grep, json }: LogsOptions): Promise<number> {
  const minutes = Number(since);
  if (!(minutes > 0 && minutes <= 1440)) {
    throw new UserError(
      {
        what: `--since ${since} is not allowed`,
        why: "it must be a number of minutes from 1 to 1440",
        fix: "--since 15",
      },
      "input",
    );
  }
  const outputs = await outputsOf(stack);
  const { urls, close } = await reach(outputs, ["grafana"]);
  const grafana = new Grafana(urls.grafana, outputs.grafanaUser, outputs.grafanaPassword);
  const filter = grep === undefined ? "" : ` |= ${JSON.stringify(grep)}`;
  const selector = `{namespace="${outputs.namespaces.server}"}${filter}`;
  let last = 0n;
  let running = true;
  onStop(() => {
    running = false;
  });
  do {
    const lines = (await read(grafana, selector, minutes)).filter(({ nanoseconds }) => nanoseconds > last);
    for (const { nanoseconds, text } of lines) {
      process.stdout.write(`${json ? text : readable(nanoseconds, text)}\n`);
      last = nanoseconds;
    }
    if (follow) await sleep(1000);
  } while (follow && running);
  close();
  return exitCodes.ok;
}

async function read(grafana: Grafana, selector: string, minutes: number): Promise<Line[]> {
  const frames = await grafana.query("loki", selector, minutes);
  return frames
    .flatMap(({ schema, data }) => {
      const column = (name: string) =>
        data.values[schema.fields.findIndex((field) => field.name === name)] ?? [];
      const times = column("tsNs");
      const texts = column("Line");
      return texts.map((text, index) => ({ nanoseconds: BigInt(String(times[index])), text: String(text) }));
    })
    .toSorted((a, b) => (a.nanoseconds < b.nanoseconds ? -1 : 1));
}

/** Formats a request's JSON line for people; any other line is unchanged. */
function readable(nanoseconds: bigint, text: string): string {
  const time = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(11, 23);
  try {
    const line = JSON.parse(text) as Record<string, unknown>;
    const beginning = [logFields.level, logFields.message].map((field) => line[field]);
    const first = new Set<string>([logFields.time, logFields.level, logFields.message]);
    const fields = Object.entries(line)
      .filter(([key]) => !first.has(key))
      .map(([key, value]) => `${styled("dim", `${key}=`)}${value}`);
    return [time, ...beginning, ...fields].filter((part) => part !== undefined).join(" ");
  } catch {
    return `${time} ${text}`;
  }
}
