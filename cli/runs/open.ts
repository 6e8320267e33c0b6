import type { OpenOptions, pages } from "../commands/open.ts";
import { exitCodes } from "../exit-codes.ts";
import { onStop } from "../interrupt.ts";
import { reach } from "../reach/reach.ts";
import { outputsOf } from "../stack-outputs.ts";
import { say } from "../terminal/say.ts";

/** Opens a page; where the NodePort can't be reached, holds a port-forward until Ctrl-C. */
export async function openPage(page: (typeof pages)[number], options: OpenOptions): Promise<number> {
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
    say("through a port-forward, since the NodePort can't be reached from here; Ctrl-C ends it");
    await new Promise<void>((resolve) => onStop(resolve));
  }
  close();
  return exitCodes.ok;
}

async function browse(url: string): Promise<void> {
  const { default: openInBrowser } = await import("open");
  const child = await openInBrowser(url);
  // A machine without a browser: the URL is on the screen already.
  child.on("error", () => {});
}
