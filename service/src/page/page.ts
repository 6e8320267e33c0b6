import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DelaySettings, describeDelays } from "../delay/distribution.ts";
import type { Milliseconds } from "../delay/duration.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");
const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = read("page.js");
const style = read("page.css");
// Inlines style and script, so that the browser needs no further requests.
const template = read("page.html")
  .replace('<link rel="stylesheet" href="page.css">', () => `<style>${style}</style>`)
  .replace('<script type="module" src="page.js"></script>', () => `<script type="module">${script}</script>`);

/** Allows only this page's script and style, and nothing from other hosts. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "connect-src 'self'",
  "img-src data:",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page at `/`, with the delay of this request. */
export function page(requestId: string, delay: Milliseconds, delays: DelaySettings) {
  // None of these contains a character that must be escaped in HTML.
  const values: Record<string, string> = {
    delay: String(delay),
    requestId,
    configured: describeDelays(delays),
  };
  const html = template.replace(/%(\w+)%/g, (whole, name: string) => values[name] ?? whole);
  return { html, headers: { "Content-Security-Policy": contentSecurityPolicy } };
}
