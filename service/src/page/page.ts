import { createHash } from "node:crypto";
import { describeDelays } from "../delay/describe.ts";
import type { DelaySettings } from "../delay/distribution.ts";
import type { Exchange } from "../request/exchange.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing from elsewhere, and nothing that is not written here, whatever a request id holds. */
const policy = [
  "default-src 'none'",
  "connect-src 'self'",
  "img-src data:",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page at `/` for a browser, with the delay that was drawn for this very request. */
export function pageFor(
  { delay, requestId }: Pick<Exchange, "delay" | "requestId">,
  delays: DelaySettings,
): { html: string; policy: string } {
  return { html: pageHtml(delay, requestId, describeDelays(delays)), policy };
}

function pageHtml(delay: number, requestId: string, configured: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Delayed server</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>This page was served after</h1>
<p class="delay" id="delay" data-delay="${delay}">${delay} <small>ms</small></p>
<p class="quiet">Request <code id="id">${requestId}</code>; its log line and its exemplar carry this id.<span class="bad" id="status"></span></p>
<p class="actions"><button id="again">Ask again</button> <button id="keep" aria-pressed="false">Keep asking</button></p>
<section>
<div class="head"><h2>Delays served so far</h2><p class="quiet" id="requests"></p></div>
<p class="quiet">Configured: <span id="configured">${configured}</span></p>
<svg id="picture" role="img" aria-label="Histogram of the served delays with the configured distribution as an outline"></svg>
<p class="quiet key"><span>served</span> <span class="configured">configured</span> <span class="drawn">the latest one drawn</span></p>
</section>
<section>
<h2>Quantiles</h2>
<p class="quiet">As Prometheus reads them off the histogram, and as they are configured.</p>
<table>
<thead><tr><th scope="col">Quantile</th><th scope="col">Configured</th><th scope="col">Served</th><th scope="col">Difference</th></tr></thead>
<tbody id="quantiles"></tbody>
</table>
</section>
<p class="bad" id="lost" hidden>The server does not answer; trying again every second.</p>
<noscript><p>The picture needs JavaScript. The same numbers: <a href="/distribution">/distribution</a>, <a href="/metrics">/metrics</a>.</p></noscript>
</main>
</body>
<script type="module">${script}</script>
</html>
`;
}
