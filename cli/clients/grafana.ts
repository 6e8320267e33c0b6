export class Grafana {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, user: string, password: string) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  /** Runs queries as a panel does. A failed query has an error in its result. */
  async ask(queries: readonly object[], minutes: number): Promise<Record<string, QueryAnswer>> {
    const body = JSON.stringify({ queries, from: `now-${minutes}m`, to: "now" });
    const { results } = await this.get<{ results: Record<string, QueryAnswer> }>("/api/ds/query", body);
    return results;
  }

  /** Runs one query as a panel does. Throws if it fails. */
  async query(datasource: string, expression: string, minutes = 15): Promise<readonly Frame[]> {
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
    const { A: answer } = await this.ask([query], minutes);
    if (answer?.error !== undefined) {
      throw new Error(`${datasource} did not answer ${expression}: ${answer.error || "no reason is given"}`);
    }
    return answer?.frames ?? [];
  }

  /** Sends a GET request, or a POST request with a body, and returns the JSON response. Throws on any status except 2xx. */
  async get<T>(path: string, body?: string): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      ...(body === undefined ? {} : { method: "POST", body }),
      headers: { "content-type": "application/json", authorization: this.#authorization },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    // If one of several queries fails, the body says which one.
    if (!response.ok && !text.includes('"results"')) {
      throw new Error(`Grafana ${path} returned ${response.status}: ${text.slice(0, 200)}`);
    }
    return JSON.parse(text) as T;
  }
}

/**
 * One frame of an answer: columns of values
 * (https://grafana.com/developers/plugin-tools/key-concepts/data-frames).
 */
export interface Frame {
  readonly schema: {
    readonly name?: string;
    readonly fields: readonly {
      readonly name: string;
      readonly type: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
    readonly meta?: { readonly custom?: { readonly resultType?: string } };
  };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

/** Grafana's answer to one query of a panel. */
export interface QueryAnswer {
  readonly error?: string;
  readonly frames?: readonly Frame[];
}
