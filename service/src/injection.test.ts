// Clients that try to write a log line or a series of their own, against the real program.
import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../testing/process.ts";
import { until } from "../testing/running.ts";
import { scrape } from "../testing/scrape.ts";
import { sendBytes } from "../testing/socket.ts";

const marker = "forged";

/** What would end a quoted text, a line or a label, begin a new one, or move a terminal's cursor. */
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

/** Where a client can put a text. */
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
  test(`no client writes a line of the log (${format}), a series or an exemplar`, async (t) => {
    const server = program(t, ["--port", "0", "--host", "127.0.0.1", "--log-format", format], {
      LOG_LEVEL: "debug",
      DELAY_MAX: "1ms",
      SHUTDOWN_DELAY: "0s",
    });
    await until(() => /listening/.test(server.output()));
    const port = Number(/port"?[=:](\d+)/.exec(server.output())?.[1]);
    for (const place of places) {
      for (const text of breakouts) await sendBytes(port, Buffer.from(place(text)), { end: true });
    }

    const url = `http://127.0.0.1:${port}`;
    // Read strictly: a line that is no sample is an error.
    const scrapes = [await scrape(url), await scrape(url, "openmetrics")];
    for (const { text } of scrapes) assert.ok(!text.includes(marker));
    for (const { exemplar } of scrapes[1]?.samples ?? []) {
      if (exemplar) assert.match(Object.values(exemplar.labels).join(""), /^[0-9a-f-]{36}$/);
    }

    server.child.kill("SIGTERM");
    assert.equal(await server.ended, 0);
    assert.equal(server.errors(), "");
    // In the log what was sent may be seen, and only as text: one line a request, in ASCII.
    assert.match(server.output(), /^[\x20-\x7e\n]*$/);
    const lines = server.output().split("\n").slice(0, -1);
    // Each scrape is counted when it has ended, so the second one by nobody.
    const counted = (scrapes[1]?.sum("http_requests_total") ?? 0) + 1;
    assert.equal(lines.length, counted + 3);
    if (format === "text")
      for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO |WARN |ERROR) /);
    else
      for (const { msg } of server.lines())
        assert.match(String(msg), /^(request|listening|shutting down|stopped)$/);
  });
}
