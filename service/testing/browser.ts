import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The path of Chromium: $CHROMIUM or a usual path; undefined if there is none. */
export const chromiumPath = process.env.CHROMIUM ?? usual.find((path) => existsSync(path));

/** Starts the browser without its background network access. */
export async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
