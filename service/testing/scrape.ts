/** A sample of a scrape. */
export interface Scraped {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar: { labels: Record<string, string>; value: number } | undefined;
}

/** A parsed scrape. Throws an error if a line is neither a comment nor a sample. */
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

  /** The samples with this name and these labels. */
  all(name: string, labels: Record<string, string> = {}): Scraped[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  /** The sum of the samples with this name and these labels. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.all(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** All series, without values. */
  get series(): string[] {
    return this.samples.map(({ name, labels }) => `${name}${JSON.stringify(labels)}`);
  }
}

/** Scrapes a server in the text format or, like Prometheus, in OpenMetrics. */
export async function scrape(url: string, format: "text" | "openmetrics" = "text"): Promise<Scrape> {
  const accept = format === "text" ? "text/plain" : "application/openmetrics-text;version=1.0.0,*/*;q=0.1";
  const response = await fetch(`${url}/metrics`, { headers: { accept } });
  if (response.status !== 200) throw new Error(`/metrics returned ${response.status}`);
  return new Scrape(await response.text());
}

const form =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})? (-?[0-9.e+-]+|NaN|[+-]Inf)(?: # \{(.*)\} (\S+) (\S+))?$/;

function sample(line: string): Scraped {
  const [, name, labels, value, exemplarLabels, exemplarValue] = form.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
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
