// Clients that try to forge a log line or a series. Runs the real program.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sendBytes } from "../testing/exchange.ts";
import { program } from "../testing/process.ts";
import { scrape } from "../testing/scrape.ts";

const marker = "forged";

/** Texts that try to end a quoted string, a line or a label, start a new one, or control a terminal. */
const breakouts = [
  `"} ${marker}_total{a="b`,
  `"}\n${marker}_total 1\n`,
  `"}\r\n{"level":"error","msg":"${marker}"}`,
  `%0A{"level":"error","msg":"${marker}"}`,
  `\\"}, ${marker}`,
  `\\u000a${marker}`,
  `\x1b[2J\x1b]0;${marker}\x07`,
  `\x00${marker}`,
  `\x85${marker}\x9b31m`,
  `\u2028${marker}`,
  `{{ ${marker} }}`,
  `# EOF\n${marker} 1`,
  `' OR ${marker} --`,
];

/** The parts of a request in which a client can send text. */
const places: readonly ((text: string) => string)[] = [
  (text) => `GET /${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  (text) => `GET /delay/1ms${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  (text) => `GET /status/200?${text} HTTP/1.1\r\nHost: a\r\n\r\n`,
  (text) => `${text} / HTTP/1.1\r\nHost: a\r\n\r\n`,
  (text) => `GET / HTTP/1.1${text}\r\nHost: a\r\n\r\n`,
  ...["Host", "User-Agent", "X-Request-Id", "traceparent", "X-Forwarded-For", "Accept", "Referer"].map(
    (header) => (text: string) => `GET /delay/0s HTTP/1.1\r\nHost: a\r\n${header}: ${text}\r\n\r\n`,
  ),
  (text) => `GET /delay/0s HTTP/1.1\r\nHost: a\r\n${text}: x\r\n\r\n`,
  (text) => `POST /delay/0s HTTP/1.1\r\nHost: a\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
];

for (const format of ["json", "text"] as const) {
  test(`no client can forge a log line (${format}), a series or an exemplar`, async (t) => {
    const server = program(t, ["--port", "0", "--host", "127.0.0.1", "--log-format", format], {
      LOG_LEVEL: "debug",
      DELAY_MAX: "1ms",
      SHUTDOWN_DELAY: "0s",
    });
    const port = await server.listening();
    for (const place of places) {
      for (const text of breakouts) await sendBytes(port, Buffer.from(place(text)), { end: true });
    }

    const url = `http://127.0.0.1:${port}`;
    // Throws an error for a line that is not a sample.
    const scrapes = [await scrape(url), await scrape(url, "openmetrics")];
    for (const { text } of scrapes) assert.ok(!text.includes(marker));
    for (const { exemplar } of scrapes[1]?.samples ?? []) {
      if (exemplar) assert.match(Object.values(exemplar.labels).join(""), /^[0-9a-f-]{36}$/);
    }

    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0);
    assert.equal(server.errors(), "");
    // The log may contain the texts, but only escaped: one ASCII line per request.
    assert.match(server.output(), /^[\x20-\x7e\n]*$/);
    const lines = server.output().split("\n").slice(0, -1);
    // The second scrape is logged, but not yet counted in its own response.
    const counted = (scrapes[1]?.sum("http_requests_total") ?? 0) + 1;
    assert.equal(lines.length, counted + 3);
    if (format === "text")
      for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO |WARN |ERROR) /);
    else
      for (const { msg } of server.lines())
        assert.match(String(msg), /^(request|listening|shutting down|stopped)$/);
  });
}
