import { get } from "node:http";
import { gzipSync } from "node:zlib";
import { median, table } from "../measure.ts";
import { names, ours } from "./candidates.ts";
import { inFlight } from "./in-flight.ts";
import { type Figure, figure, notMeasured, shown } from "./results.ts";
import { start } from "./server.ts";
import { wrk, wrkIsMissing } from "./throughput.ts";

const requests = 1_000_000;
const scrapes = 41;

/** The Accept headers of Prometheus and of older scrapers. */
const formats = {
  OpenMetrics: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
  "text format 0.0.4": "text/plain;version=0.0.4",
};

/** Measures `/metrics` after a million requests. Most have no delay; the others fill all buckets. */
export async function scrape(): Promise<Figure[]> {
  const missing = wrkIsMissing();
  if (missing !== undefined) return [notMeasured(`/metrics after ${shown(requests)} requests`, missing)];
  const server = await start(ours());
  try {
    const port = Number(new URL(server.url).port);
    // Random delays fill all buckets. Requests without a delay make up the rest.
    await inFlight({ port, path: "/", inFlight: 2000, seconds: 5, delay: undefined });
    while ((await counted(server.url)) < requests) {
      wrk(`${server.url}/delay/0s`, { connections: 64, seconds: 5 });
    }
    const rows: string[][] = [];
    const figures: Figure[] = [];
    for (const [name, accept] of Object.entries(formats)) {
      const { milliseconds, bytes, compressed } = await measure(`${server.url}/metrics`, accept);
      rows.push([name, shown(milliseconds), shown(bytes), shown(compressed)]);
      figures.push(
        figure(
          `/metrics as ${name} after ${shown(requests)} requests: time`,
          milliseconds,
          { atMost: 3 },
          "ms",
        ),
        figure(`/metrics as ${name}: size, not compressed`, bytes / 1000, { atMost: 30 }, "kB"),
      );
    }
    console.log(`\n## ${names.ours}: \`/metrics\` after ${shown(requests)} requests\n`);
    console.log(table(["", "ms", "bytes", "bytes with gzip"], rows));
    return figures;
  } finally {
    await server.stop();
  }
}

/** Measures uncompressed scrapes. The time is a median and includes the loopback network. */
async function measure(url: string, accept: string) {
  const times: number[] = [];
  let text = "";
  for (let i = 0; i < scrapes; i++) {
    const began = performance.now();
    text = await once(url, accept);
    times.push(performance.now() - began);
  }
  return { milliseconds: median(times), bytes: Buffer.byteLength(text), compressed: gzipSync(text).length };
}

async function counted(url: string): Promise<number> {
  const samples = (await once(`${url}/metrics`)).match(/^http_requests_total\{.*$/gm) ?? [];
  return samples.reduce((sum, sample) => sum + Number(sample.split(" ").at(-1)), 0);
}

function once(url: string, accept = "*/*"): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { accept } }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString());
    }).on("error", reject);
  });
}
