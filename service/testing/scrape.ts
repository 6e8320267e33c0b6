/** One line of a scrape. */
export interface Scraped {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar: { labels: Record<string, string>; value: number } | undefined;
}

/** A scrape, read strictly: a line that is neither a comment nor a sample is an error. */
export class Scrape {
  readonly text: string;
  readonly samples: Scraped[];
  readonly types: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.text = text;
    const lines = text.split("\n").filter((line) => line !== "");
    this.samples = lines.filter((line) => !line.startsWith("#")).map(sample);
    this.types = new Map(
      lines
        .filter((line) => line.startsWith("# TYPE "))
        .map((line) => line.split(" ").slice(2) as [string, string]),
    );
  }

  /** The samples of a name that have these labels. */
  all(name: string, labels: Record<string, string> = {}): Scraped[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  /** The sum of those samples. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.all(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** Every series, without its value. */
  get series(): string[] {
    return this.samples.map(({ name, labels }) => `${name}${JSON.stringify(labels)}`);
  }
}

/** Scrapes a server, as Prometheus does when it knows OpenMetrics, or as older scrapers do. */
export async function scrape(url: string, format: "text" | "openmetrics" = "text"): Promise<Scrape> {
  const accept = format === "text" ? "text/plain" : "application/openmetrics-text;version=1.0.0,*/*;q=0.1";
  const response = await fetch(`${url}/metrics`, { headers: { accept } });
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return new Scrape(await response.text());
}

const form =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})? (-?[0-9.e+-]+|NaN|[+-]Inf)(?: # \{(.*)\} (\S+) (\S+))?$/;

function sample(line: string): Scraped {
  const [, name, labels, value, exemplarLabels, exemplarValue] = form.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
  return {
    name,
    labels: labelsOf(labels ?? ""),
    value: Number(value.replace("Inf", "Infinity")),
    exemplar:
      exemplarLabels === undefined
        ? undefined
        : { labels: labelsOf(exemplarLabels), value: Number(exemplarValue) },
  };
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}
