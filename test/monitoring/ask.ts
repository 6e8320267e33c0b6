/** A series with the values that are numbers. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** Asks Prometheus at one point in time. */
export async function atNow(prometheusUrl: string, query: string): Promise<Answer[]> {
  return answers(await post(`${prometheusUrl}/api/v1/query`, { query }));
}

/** Asks Prometheus over the last seconds. */
export async function overLast(prometheusUrl: string, seconds: number, query: string): Promise<Answer[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - seconds), end: String(end), step: "1" };
  return answers(await post(`${prometheusUrl}/api/v1/query_range`, { query, ...range }));
}

/** The values of a label of the series that a selector finds. */
export async function labelValues(prometheusUrl: string, label: string, selector: string): Promise<string[]> {
  const url = `${prometheusUrl}/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
  return body<string[]>(await request(url));
}

/** The exemplars of the series that a query looks at. */
export async function exemplars(prometheusUrl: string, query: string) {
  const end = Date.now() / 1000;
  const parameters = { query, start: String(end - 600), end: String(end) };
  const series = await body<
    { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string>; value: string }[] }[]
  >(await request(`${prometheusUrl}/api/v1/query_exemplars?${new URLSearchParams(parameters)}`));
  return series.flatMap((one) =>
    one.exemplars.map(({ labels, value }) => ({ series: one.seriesLabels, labels, value: Number(value) })),
  );
}

/** Log lines of the last ten minutes. */
export async function logLines(lokiUrl: string, query: string, limit = 1000): Promise<string[]> {
  const { result } = await askLoki<{ result: { values: [string, string][] }[] }>(lokiUrl, query, limit);
  return result.flatMap(({ values }) => values.map(([, line]) => line));
}

/** Numbers counted from the log lines of the last ten minutes. */
export async function countedLines(lokiUrl: string, query: string): Promise<Answer[]> {
  return answers(await askLoki(lokiUrl, query, 1000));
}

function askLoki<T>(lokiUrl: string, query: string, limit: number): Promise<T> {
  const now = Date.now();
  const parameters = {
    query,
    limit: String(limit),
    start: `${now - 600_000}000000`,
    end: `${now}000000`,
    step: "1",
  };
  return request(`${lokiUrl}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`).then(body<T>);
}

interface Result {
  result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
}

function answers({ result }: Result): Answer[] {
  return result
    .map(({ metric, value, values }) => ({
      labels: metric,
      values: (values ?? (value === undefined ? [] : [value]))
        .map(([, text]) => Number(text))
        .filter(Number.isFinite),
    }))
    .filter(({ values }) => values.length > 0);
}

async function post(url: string, parameters: Record<string, string>): Promise<Result> {
  return body(await request(url, { method: "POST", body: new URLSearchParams(parameters) }));
}

/** A query that takes this long is broken; the test should say which. */
function request(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
}

async function body<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as { data: T }).data;
}
