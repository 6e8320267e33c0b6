// `npm run pictures`: takes the pictures of the documents from a running server. Needs Chromium.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { bucketsOf, distributionOf } from "../../cli/observe/distribution.ts";
import { picture } from "../../cli/observe/picture.ts";
import { readDelaySettings } from "../../service/src/delay/settings.ts";
import { metrics } from "../../service/src/metrics/definitions.ts";
import { chromiumPath, launch } from "../../service/testing/browser.ts";
import { terminalSvg } from "./terminal.ts";

/** Few enough parallel clients that neither they nor the server add to the delays. */
const clients = 60;
const requestsOfEach = 80;
/** A fixed seed, so that every run gives the same pictures. */
const seed = "pictures";

const folder = import.meta.dirname;
const chromium = chromiumPath;
if (chromium === undefined) {
  console.error(
    "error: there is no Chromium\n  why: the pictures are taken in a browser\n  fix: install it, or name one in CHROMIUM",
  );
  process.exit(3);
}

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const server = await startServer();
try {
  await Promise.all(Array.from({ length: clients }, sendRequests));
  writeFileSync(join(folder, "page.png"), await screenshot(chromium));
  writeFileSync(join(folder, "latency.svg"), await histogram());
} finally {
  server.kill();
}

async function startServer(): Promise<ChildProcess> {
  const main = join(folder, "..", "..", "service", "src", "main.ts");
  const args = ["--host", "127.0.0.1", "--port", String(port), "--delay-seed", seed, "--log-level", "off"];
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  while (child.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return child;
    await sleep(50);
  }
  throw new Error(`the server ended with exit code ${child.exitCode}`);
}

async function sendRequests(): Promise<void> {
  for (let sent = 0; sent < requestsOfEach; sent++) await (await fetch(url)).text();
}

async function screenshot(executable: string): Promise<Buffer> {
  const browser = await launch(executable);
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 600 }, colorScheme: "light" });
    await page.goto(url);
    await page.waitForSelector("#picture .served");
    return await page.screenshot({ fullPage: true });
  } finally {
    await browser.close();
  }
}

/** The output of `npm run latency` for these requests, read from the server instead of Prometheus. */
async function histogram(): Promise<string> {
  const { values: delays } = readDelaySettings({});
  if (delays === undefined) throw new Error("the default delays are not allowed");
  const text = await (await fetch(`${url}/metrics`)).text();
  const series = new RegExp(
    `^${metrics.requestDuration.name}_bucket\\{.*le="([^"]+)".*route="/".*\\} (\\d+)`,
    "gm",
  );
  const samples = [...text.matchAll(series)].map(([, le = "", value]) => ({
    metric: { le },
    value: Number(value),
  }));
  const lines = picture(distributionOf(bucketsOf(samples), delays)).map(stripVTControlCharacters);
  return terminalSvg(["$ npm run latency", ...lines]);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
