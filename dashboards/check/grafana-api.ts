/** Where Grafana is, and as whom to ask it. */
export interface GrafanaLogin {
  readonly grafanaUrl: string;
  readonly user: string;
  readonly password: string;
}

/** One frame of an answer: columns of values (https://grafana.com/developers/plugin-tools/key-concepts/data-frames). */
export interface Frame {
  readonly schema: {
    readonly name?: string;
    readonly fields: readonly { readonly name: string; readonly type: string }[];
    readonly meta?: { readonly custom?: { readonly resultType?: string } };
  };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

/** What Grafana answered to the query of one letter. */
export interface QueryAnswer {
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/** Grafana's HTTP API. */
export class GrafanaApi {
  readonly #url: string;
  readonly #cookie: string;

  private constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  /** Logs in as a browser does: a password with every request would cost more than most queries. */
  static async login({ grafanaUrl, user, password }: GrafanaLogin): Promise<GrafanaApi> {
    const response = await fetch(`${grafanaUrl}/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`Grafana does not let ${user} in: ${response.status}`);
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    return new GrafanaApi(grafanaUrl, cookies.join("; "));
  }

  async get<T>(path: string): Promise<T> {
    return this.#call<T>(path, { method: "GET" });
  }

  /** Asks what a panel would ask; queries that fail have an error in their answer. */
  async query(queries: readonly object[], minutes: number): Promise<Record<string, QueryAnswer>> {
    const body = JSON.stringify({ queries, from: `now-${minutes}m`, to: "now" });
    const { results } = await this.#call<{ results: Record<string, QueryAnswer> }>("/api/ds/query", {
      method: "POST",
      body,
    });
    return results;
  }

  async #call<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      ...init,
      headers: { cookie: this.#cookie, "content-type": "application/json" },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    // Where one of several queries fails, the status says so, and the body which.
    if (!response.ok && !text.includes('"results"')) {
      throw new Error(`Grafana ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    return JSON.parse(text) as T;
  }
}
