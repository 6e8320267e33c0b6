import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { logFields } from "../../service/src/log/log.ts";
import type { Grafana } from "../clients/grafana.ts";
import { connect } from "../clients/reach.ts";
import { type CommonOptions, wrongInput } from "../options.ts";
import { stopSignal } from "../terminal/process.ts";
import { exitCodes, styled } from "../terminal/say.ts";

type Options = CommonOptions & { follow: boolean; since: string; grep?: string };

export const define = (command: Command) =>
  command
    .option("-f, --follow", "print new lines until Ctrl-C", false)
    .option("--since <minutes>", "how far back to start, in minutes", "15")
    .option("--grep <text>", "only lines that contain this text");

/** Prints the server's lines, oldest first. */
export async function run({ stack, follow, since, grep, json }: Options): Promise<number> {
  const minutes = Number(since);
  if (!(minutes > 0 && minutes <= 1440))
    throw wrongInput(
      `--since ${since} is not allowed`,
      "it must be a number of minutes from 1 to 1440",
      "--since 15",
    );
  const { grafana, outputs } = await connect(stack, "grafana");
  const filter = grep === undefined ? "" : ` |= ${JSON.stringify(grep)}`;
  const selector = `{namespace="${outputs.namespaces.server}"}${filter}`;
  const stopped = stopSignal();
  let last = 0n;
  do {
    const lines = (await read(grafana, selector, minutes)).filter(({ nanoseconds }) => nanoseconds > last);
    for (const { nanoseconds, text } of lines) {
      process.stdout.write(`${json ? text : readable(nanoseconds, text)}\n`);
      last = nanoseconds;
    }
    if (follow) await sleep(1000);
  } while (follow && !stopped.aborted);
  return exitCodes.ok;
}

/** Log lines with Loki's timestamps. */
async function read(grafana: Grafana, selector: string, minutes: number) {
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
  const at = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(11, 23);
  try {
    const {
      [logFields.time]: _,
      [logFields.level]: level,
      [logFields.message]: message,
      ...rest
    } = JSON.parse(text) as Record<string, unknown>;
    const fields = Object.entries(rest).map(([key, value]) => `${styled("dim", `${key}=`)}${value}`);
    return [at, level, message, ...fields].filter((part) => part !== undefined).join(" ");
  } catch {
    return `${at} ${text}`;
  }
}
