import { once } from "node:events";
import { Argument, type Command } from "commander";
import { connect } from "../clients/reach.ts";
import { stopSignal } from "../terminal/process.ts";
import { exitCodes, say, sayResult } from "../terminal/say.ts";

const pages = ["grafana", "prometheus", "server"] as const;

export const define = (command: Command) =>
  command
    .addArgument(new Argument("[page]", "what to open").choices(pages).default("grafana"))
    .option("--no-browser", "only print the URL, and keep a port-forward open if one is needed");

/** Opens a page. If the NodePort can't be reached, keeps a port-forward open until Ctrl-C. */
export async function run(
  page: (typeof pages)[number],
  { stack, browser }: { stack: string; browser: boolean },
): Promise<number> {
  const { outputs, urls, forwarded } = await connect(stack, page);
  // If the user has their own store, Grafana has the graph of the quantiles.
  const service = page === "prometheus" && urls.queries !== urls.prometheus ? "grafana" : page;
  const full = {
    grafana: outputs.dashboardUrl,
    prometheus: outputs.latencyQueryUrl,
    server: outputs.serverUrl,
  };
  const path = full[page].slice(new URL(full[page]).origin.length);
  const url = `${urls[service]}${path}`;
  sayResult({ url }, () => say(url));
  if (service === "grafana") say(`user ${outputs.grafanaUser}, password: npm run password`);
  if (browser) {
    const { default: openInBrowser } = await import("open");
    // There may be no browser; the URL is already printed.
    (await openInBrowser(url)).on("error", () => {});
  }
  if (forwarded.length > 0) {
    say("through a port-forward, because this machine cannot reach the NodePort; Ctrl-C ends it");
    await once(stopSignal(), "abort");
  }
  return exitCodes.ok;
}
