import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath, launch } from "../../testing/browser.ts";
import { exchange } from "../../testing/exchange.ts";
import { running, until } from "../../testing/running.ts";

const html = { headers: { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" } };

test("after the delay, a browser gets a page with the delay and the request id", async (t) => {
  const { url } = await running(t, { delayDistribution: "20ms" });
  const { headers, body } = await exchange(url, { headers: { ...html.headers, "x-request-id": "a-story" } });
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.equal(headers["server-timing"], "delay;dur=20");
  assert.match(body.toString(), /<p class="delay" id="delay" data-delay="20">20 <small>ms<\/small>/);
  assert.match(body.toString(), /<code id="id">a-story<\/code>/);
});

test("the page loads nothing from other hosts, and its policy forbids it", async (t) => {
  const { url } = await running(t, { delayMax: "0s" });
  const { headers, body } = await exchange(url, html);
  assert.doesNotMatch(body.toString(), /(src|href)="(?!data:,|\/distribution|\/metrics)/);
  assert.match(
    String(headers["content-security-policy"]),
    /^default-src 'none'; connect-src 'self'; img-src data:;/,
  );
});

test("the page's script passes the type checker", () => {
  const root = join(import.meta.dirname, "..", "..", "..");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", import.meta.dirname], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

const skip = chromiumPath === undefined && "no Chromium found: install it, or set CHROMIUM to its path";

test("in a browser, light and dark, wide and narrow, the page shows the served delays", {
  skip,
}, async (t) => {
  const { url } = await running(t, { delayMax: "40ms", delaySeed: "page" });
  await Promise.all(Array.from({ length: 300 }, () => exchange(url)));
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1000, 360]) {
      const errors = await inBrowser({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
        await page.goto(url);
        await page.waitForSelector("#picture .served");
        assert.ok((await page.locator("#picture .served").count()) > 30);
        assert.match(await text(page, "#requests"), /^3\d\d requests, \d in flight$/);
        assert.equal(await text(page, "#configured"), "uniform between 0s and 40ms");
        assert.equal(await text(page, "#quantiles tr:nth-child(1) td:nth-child(2)"), "20.0 ms");
        assert.equal(await text(page, "#quantiles tr:nth-child(4) td:nth-child(2)"), "39.6 ms");
        assert.equal(await page.locator("#lost").isVisible(), false);
        const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        assert.equal(ground, colorScheme === "light" ? "rgb(251, 251, 250)" : "rgb(19, 21, 24)");
        assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false);
        await screenshot(page, `${colorScheme}-${width}`);
      });
      assert.deepEqual(errors, []);
    }
  }
});

test("in a browser, one button sends a request, and the other keeps sending", {
  skip,
}, async (t) => {
  const { url } = await running(t, { delayMax: "20ms" });
  const errors = await inBrowser({}, async (page) => {
    await page.goto(url);
    const first = await text(page, "#delay");
    await page.click("#again");
    await until(async () => (await text(page, "#delay")) !== first);
    assert.match(await text(page, "#delay"), /^[\d.]+ ms$/);

    await page.click("#keep");
    await until(async () => Number.parseInt(await text(page, "#requests"), 10) > 50);
    await page.click("#keep");
    assert.equal(await page.getAttribute("#keep", "aria-pressed"), "false");
  });
  assert.deepEqual(errors, []);
});

test("in a browser, the page shows injected errors", { skip }, async (t) => {
  const { url } = await running(t, {
    delayMax: "1ms",
    errorRate: "50%",
    errorStatus: "503",
    delaySeed: "some",
  });
  const errors = await inBrowser({}, async (page) => {
    while ((await page.goto(url))?.status() !== 200)
      assert.match(await page.content(), /Failed on purpose after/);
    await page.click("#keep");
    await until(async () => (await text(page, "#status")).includes("failed on purpose, with status 503"));
    await page.click("#keep");
  });
  assert.ok(errors.every((error) => /status of (503|404)/.test(error)));
});

test("in a browser, the page shows if the server is not responding", { skip }, async (t) => {
  const server = await running(t, { delayMax: "1ms" });
  await inBrowser({}, async (page) => {
    await page.goto(server.url);
    await until(async () => (await text(page, "#requests")) !== "");
    await server.stop();
    await page.locator("#lost").waitFor({ state: "visible" });
  });
});

/** Opens a page in a new browser, and returns the browser's errors and console messages. */
async function inBrowser(
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<string[]> {
  const browser = await launch(chromiumPath as string);
  try {
    const page = await (await browser.newContext(options)).newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => errors.push(message.text()));
    await use(page);
    return errors;
  } finally {
    await browser.close();
  }
}

async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? "";
}

/** Saves a screenshot if $SCREENSHOTS is set to a folder. */
async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `page-${name}.png`), fullPage: true });
}
