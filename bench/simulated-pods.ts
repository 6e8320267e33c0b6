// One process that answers scrapes as any number of pods of the delayed server do: /0, /1, …
// Arguments: the port, and a file with the metrics of a real server.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [, , port, file = ""] = process.argv;

/** A series that grows, or a fixed text. */
type Part = string | { readonly series: string; readonly value: number };

/** Counters and histograms grow in proportion, so that the buckets stay a distribution. */
function partsOf(metrics: string): Part[] {
  const types = new Map(
    [...metrics.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]),
  );
  const parts: Part[] = [];
  for (const line of metrics.trim().split("\n")) {
    const [, series, name, value] = /^((\w+)(?:{.*})?) (\S+)$/.exec(line) ?? [];
    const type = types.get(name) ?? types.get(name?.replace(/_(bucket|count|sum)$/, ""));
    if (series === undefined || (type !== "counter" && type !== "histogram")) parts.push(`${line}\n`);
    else parts.push({ series, value: Number(value) });
  }
  return parts;
}

const parts = partsOf(readFileSync(file, "utf8"));
const began = Date.now();
/** The text of each kind of pod, and the time for which it was written. */
const texts: { time: number; text: string }[] = [];
const kinds = 100;

/** As if the file's requests were repeated every minute, more often on some kinds of pods. */
function textOf(kind: number): string {
  const time = Math.floor((Date.now() - began) / 5000) * 5;
  if (texts[kind]?.time !== time) {
    const times = 1 + (time / 60) * (0.5 + kind / kinds);
    const lines = parts.map((part) => {
      if (typeof part === "string") return part;
      const grown = part.value * times;
      return `${part.series} ${Number.isInteger(part.value) ? Math.floor(grown) : grown}\n`;
    });
    texts[kind] = { time, text: lines.join("") };
  }
  return texts[kind].text;
}

createServer(({ url = "" }, response) => {
  const type = "text/plain; version=0.0.4";
  response.writeHead(200, { "content-type": type }).end(textOf(Number(url.slice(1)) % kinds));
}).listen(Number(port), "127.0.0.1");
