import { setTimeout as sleep } from "node:timers/promises";
import type { LatencyOptions } from "../commands/latency.ts";
import { exitCodes } from "../exit-codes.ts";
import { onStop } from "../interrupt.ts";
import { readDistribution } from "../latency/distribution.ts";
import { picture } from "../latency/picture.ts";
import { planOf } from "../plan.ts";
import { reach } from "../reach/reach.ts";
import { outputsOf } from "../stack-outputs.ts";
import { reserveStdoutForJson, say, sayJson } from "../terminal/say.ts";

/** Shows the distribution of the latency, once or until Ctrl-C. */
export async function showLatency({ stack, json, watch, window }: LatencyOptions): Promise<number> {
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
  let going = true;
  onStop(() => {
    going = false;
  });
  while (going) {
    draw(picture(await read()).join("\n"));
    await sleep(2000);
  }
  draw.done();
}
