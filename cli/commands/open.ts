import { Argument, type Command } from "commander";
import { reach } from "../clients/reach.ts";
import { exitsWithArgument, stackOption } from "../options.ts";
import { outputsOf } from "../pulumi/outputs.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { onStop } from "../terminal/interrupt.ts";
import { say } from "../terminal/say.ts";

const pages = ["grafana", "prometheus", "server"] as const;

interface OpenOptions {
  readonly stack: string;
  readonly browser: boolean;
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addArgument(new Argument("[page]", "what to open").choices(pages).default("grafana"))
    .addOption(stackOption())
    .option("--no-browser", "only print the URL, and keep a port-forward open if one is needed")
    .action(exitsWithArgument(openPage));

/** Opens a page. If the NodePort can't be reached, keeps a port-forward open until Ctrl-C. */
async function openPage(page: (typeof pages)[number], options: OpenOptions): Promise<number> {
  const outputs = await outputsOf(options.stack);
  const { urls, forwarded, close } = await reach(outputs, [page]);
  const full = {
    grafana: outputs.dashboardUrl,
    prometheus: outputs.latencyQueryUrl,
    server: outputs.serverUrl,
  };
  const path = full[page].slice(new URL(full[page]).origin.length);
  const url = `${urls[page]}${path}`;
  say(url);
  if (page === "grafana") say(`user ${outputs.grafanaUser}, password: npm run password`);
  if (options.browser) await browse(url);
  if (forwarded.length > 0) {
    say("through a port-forward, because this machine cannot reach the NodePort; Ctrl-C ends it");
    await new Promise<void>((resolve) => onStop(resolve));
  }
  close();
  return exitCodes.ok;
}

async function browse(url: string): Promise<void> {
  const { default: openInBrowser } = await import("open");
  const child = await openInBrowser(url);
  // There may be no browser; the URL is already printed.
  child.on("error", () => {});
}
