/** One frame of an answer: columns of values (https://grafana.com/developers/plugin-tools/key-concepts/data-frames). */
interface Frame {
  readonly schema: { readonly fields: { name: string; labels?: Record<string, string> }[] };
  readonly data: { readonly values: unknown[][] };
}

/** Grafana's HTTP API, as its administrator. */
export class Grafana {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, user: string, password: string) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  /** An answer of the API as JSON; throws on any status but 2xx. */
  async get<T>(path: string): Promise<T> {
    return this.#call<T>(path, {});
  }

  /** Runs a query through a datasource over the last minutes, as a panel would. */
  async query(datasource: string, expression: string, minutes = 15): Promise<Frame[]> {
    const query = {
      refId: "A",
      datasource: { uid: datasource },
      expr: expression,
      queryType: "range",
      range: true,
      maxLines: 1000,
      intervalMs: 5000,
      maxDataPoints: 500,
    };
    const body = JSON.stringify({ queries: [query], from: `now-${minutes}m`, to: "now" });
    const { results } = await this.#call<{ results: { A: { error?: string; frames?: Frame[] } } }>(
      "/api/ds/query",
      { method: "POST", body, headers: { "content-type": "application/json" } },
    );
    if (results.A.error !== undefined) throw new Error(`${expression}: ${results.A.error}`);
    return results.A.frames ?? [];
  }

  async #call<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: this.#authorization },
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Grafana ${path} answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text) as T;
  }
}
