import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { exchange } from "../../testing/exchange.ts";
import { running } from "../../testing/running.ts";
import { Scrape, scrape } from "../../testing/scrape.ts";
import { metrics, processMetrics } from "../metrics/definitions.ts";

test("a scraper gets the format and encoding that it accepts", async (t) => {
  const { url } = await running(t);
  const text = await exchange(`${url}/metrics`, { headers: { accept: "*/*" } });
  assert.equal(text.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(text.headers["content-encoding"], undefined);
  assert.ok(new Scrape(text.body.toString()).samples.length > 100);

  const open = await exchange(`${url}/metrics`, {
    headers: {
      accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    },
  });
  assert.equal(open.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert.ok(open.body.toString().endsWith("\n# EOF\n"));
  // OpenMetrics requires bounds to be floats; the text format does not.
  assert.match(open.body.toString(), /le="64\.0"/);
  assert.match(text.body.toString(), /le="64"/);

  const packed = await exchange(`${url}/metrics`, { headers: { "accept-encoding": "gzip" } });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.ok(new Scrape(gunzipSync(packed.body).toString()).samples.length > 100);
});

test("Prometheus 2 and 3 get OpenMetrics; curl and browsers get text", async (t) => {
  const { url } = await running(t);
  const accepted = {
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1":
      "application/openmetrics-text",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1":
      "application/openmetrics-text",
    "*/*": "text/plain",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/plain",
    "text/plain;q=0.9,application/openmetrics-text;q=0.1": "text/plain",
  };
  for (const [accept, type] of Object.entries(accepted)) {
    const { headers } = await exchange(`${url}/metrics`, { headers: { accept } });
    assert.equal(headers["content-type"]?.split(";")[0], type, accept);
  }
  const { headers } = await exchange(`${url}/metrics`);
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
});

test("a scrape has exactly the declared metrics, in both formats, in any order of scrapes", async (t) => {
  const { url } = await running(t, { delayMax: "1ms", errorRate: "100%" });
  await (await fetch(url)).arrayBuffer();
  const declared = [...Object.values(metrics), ...Object.values(processMetrics)];
  for (const format of ["text", "openmetrics", "text", "openmetrics"] as const) {
    const { types, samples } = await scrape(url, format);
    const name = (metric: { name: string; type: string }) =>
      format === "openmetrics" && metric.type === "counter"
        ? metric.name.replace(/_total$/, "")
        : metric.name;
    assert.deepEqual([...types].sort(), declared.map((metric) => [name(metric), metric.type]).sort(), format);
    for (const metric of declared) {
      const series = metric.type === "histogram" ? `${metric.name}_count` : metric.name;
      // There may have been no garbage collection yet.
      if (metric === processMetrics.garbageCollection) continue;
      assert.ok(
        samples.some((sample) => sample.name === series),
        `${format}: ${series}`,
      );
    }
  }
});

test("every series has exactly the declared labels", async (t) => {
  const { url } = await running(t, { delayMax: "1ms", errorRate: "100%" });
  await (await fetch(url)).arrayBuffer();
  const { samples } = await scrape(url);
  for (const { name, type, labels } of [...Object.values(metrics), ...Object.values(processMetrics)]) {
    const series = samples.filter(
      (sample) => sample.name === (type === "histogram" ? `${name}_bucket` : name),
    );
    const expected = type === "histogram" ? [...labels, "le"] : [...labels];
    for (const sample of series) assert.deepEqual(Object.keys(sample.labels).sort(), expected.sort(), name);
  }
});

test("the histogram with poorly chosen buckets can be disabled", async (t) => {
  const { url } = await running(t, { naiveBuckets: "false" });
  assert.equal((await scrape(url)).types.has(metrics.naiveRequestDuration.name), false);
});

test("metrics can have a separate port, and both ports answer probes", async (t) => {
  const server = await running(t, { metricsPort: "0" });
  assert.notEqual(server.metricsPort, server.port);
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
  const other = `http://127.0.0.1:${server.metricsPort}`;
  assert.equal((await fetch(`${other}/metrics`)).status, 200);
  assert.equal((await fetch(other)).status, 404);
  for (const url of [server.url, other]) {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  }
});
