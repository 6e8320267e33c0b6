import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { reach } from "../clients/reach.ts";
import { readDistribution } from "../latency/distribution.ts";
import { picture } from "../latency/picture.ts";
import { type CommonOptions, exitsWith, jsonOption, planOf, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { onStop } from "../terminal/interrupt.ts";
import { reserveStdoutForJson, say, sayJson } from "../terminal/say.ts";

interface LatencyOptions extends CommonOptions {
  readonly watch: boolean;
  readonly window?: string;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .option("-w, --watch", "refresh every two seconds until Ctrl-C", false)
    .option("--window <duration>", "only the last part, such as 5m (default: since the server started)")
    .addOption(jsonOption())
    .action(exitsWith(showLatency));

/** Shows the distribution of the latency, once or until Ctrl-C. */
async function showLatency({ stack, json, watch, window }: LatencyOptions): Promise<number> {
  if (json) reserveStdoutForJson();
  const plan = planOf(stack);
  const outputs = await outputsOf(stack);
  const { urls, close } = await reach(outputs, ["prometheus"]);
  const read = () => readDistribution(urls.prometheus, outputs.namespaces.server, plan.server.delay, window);
  try {
    if (json) sayJson({ stack, ...(await read()) });
    else if (watch && process.stdout.isTTY) await redraw(read);
    else {
      do {
        for (const line of picture(await read())) say(line);
        if (watch) await sleep(2000);
      } while (watch);
    }
  } finally {
    close();
  }
  return exitCodes.ok;
}

async function redraw(read: () => ReturnType<typeof readDistribution>): Promise<void> {
  const { createLogUpdate } = await import("log-update");
  const draw = createLogUpdate(process.stdout);
  let running = true;
  onStop(() => {
    running = false;
  });
  while (running) {
    draw(picture(await read()).join("\n"));
    await sleep(2000);
  }
  draw.done();
}
