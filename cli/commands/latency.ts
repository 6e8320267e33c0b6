import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { connect } from "../clients/reach.ts";
import { readDistribution } from "../observe/distribution.ts";
import { picture } from "../observe/picture.ts";
import type { CommonOptions } from "../options.ts";
import { stopSignal } from "../terminal/interrupt.ts";
import { exitCodes, say, sayResult } from "../terminal/say.ts";

interface LatencyOptions extends CommonOptions {
  readonly watch: boolean;
  readonly window?: string;
}

export const define = (command: Command) =>
  command
    .option("-w, --watch", "refresh every two seconds until Ctrl-C", false)
    .option("--window <duration>", "only the last part, such as 5m (default: since the server started)");

/** Shows the distribution of the latency, once or until Ctrl-C. */
export async function run({ stack, json, watch, window }: LatencyOptions): Promise<number> {
  const { plan, outputs, urls } = await connect(stack, "prometheus");
  const read = () => readDistribution(urls.queries, outputs.namespaces.server, plan.server.delay, window);
  if (json || !watch) {
    const found = await read();
    sayResult({ stack, ...found }, () => say(picture(found).join("\n")));
    return exitCodes.ok;
  }
  const { createLogUpdate } = await import("log-update");
  const draw = process.stdout.isTTY ? createLogUpdate(process.stdout) : say;
  const stopped = stopSignal();
  while (!stopped.aborted) {
    draw(picture(await read()).join("\n"));
    await sleep(2000);
  }
  return exitCodes.ok;
}
