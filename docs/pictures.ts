// `npm run pictures`: takes the pictures of the documents from a running server. Needs Chromium.
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bucketsIn } from "../cli/clients/prometheus.ts";
import { distributionOf, picture } from "../cli/commands/latency.ts";
import { readDelaySettings } from "../service/src/delay/settings.ts";
import { metrics } from "../service/src/metrics/definitions.ts";
import { chromiumPath, launch } from "../service/testing/browser.ts";
import { freePorts, Programs } from "../test/programs.ts";
import { sendRequests } from "../test/requests.ts";

if (chromiumPath === undefined) {
  console.error(
    "error: there is no Chromium\n  why: the pictures are taken in a browser\n  fix: install it, or name one in CHROMIUM",
  );
  process.exit(3);
}

const { server } = await freePorts("server");
const url = `http://127.0.0.1:${server}`;
const programs = new Programs();
const browser = await launch(chromiumPath);
try {
  const main = join(import.meta.dirname, "..", "service", "src", "main.ts");
  // With a fixed seed, every run gives the same pictures.
  const settings = ["--host", "127.0.0.1", "--port", String(server), "--delay-seed", "pictures"];
  programs.start("server", process.execPath, [main, ...settings, "--log-level", "off"]);
  await programs.ready("server", `${url}/readyz`);
  // Few enough in parallel that neither they nor the server add to the delays.
  await sendRequests(url, { count: 4800, atATime: 60 });
  const page = await browser.newPage({ viewport: { width: 900, height: 600 }, colorScheme: "light" });
  await page.goto(url);
  await page.waitForSelector("#picture .served");
  await page.screenshot({ path: join(import.meta.dirname, "page.png"), fullPage: true });
  const window = await browser.newPage({ deviceScaleFactor: 1.5 });
  await window.setContent(terminal(await histogram()));
  await window.locator("pre").screenshot({ path: join(import.meta.dirname, "latency.png") });
} finally {
  await browser.close();
  await programs.stop();
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
  return picture(distributionOf(bucketsIn(samples), delays))
    .map(stripVTControlCharacters)
    .join("\n");
}

/** The command and its output in a terminal's colors. */
function terminal(output: string): string {
  const colored = output.replaceAll(/█+/g, "<b>$&</b>").replaceAll("│", "<i>$&</i>");
  return `<style>
    pre { display: inline-block; padding: 16px; background: #16191d; color: #d7dce2; font: 14px/20px monospace }
    b { background: #4aa3df; color: #4aa3df; font-weight: normal }
    i { color: #f2b134; font-style: normal }
    u { color: #8fd18f; text-decoration: none }
  </style>
  <pre><u>$ npm run latency</u>\n${colored}</pre>`;
}
