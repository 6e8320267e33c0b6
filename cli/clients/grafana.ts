import type { Frame, QueryAnswer } from "../../dashboards/check/model.ts";

/** Grafana's HTTP API, as one of its users. */
export class Grafana {
  readonly #url: string;
  readonly #login: { readonly user: string; readonly password: string };
  #cookie: string | undefined;

  constructor(url: string, user: string, password: string) {
    this.#url = url;
    this.#login = { user, password };
  }

  /** An answer of the API as JSON; throws on any status but 2xx. */
  async get<T>(path: string): Promise<T> {
    return this.#call<T>(path, {});
  }

  /** Asks what a panel would ask; a query that fails has an error in its answer. */
  async ask(queries: readonly object[], minutes: number): Promise<Record<string, QueryAnswer>> {
    const body = JSON.stringify({ queries, from: `now-${minutes}m`, to: "now" });
    const { results } = await this.#call<{ results: Record<string, QueryAnswer> }>("/api/ds/query", {
      method: "POST",
      body,
    });
    return results;
  }

  /** Runs one query through a datasource over the last minutes, as a panel would. */
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
    if (answer?.error !== undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer?.frames ?? [];
  }

  async #call<T>(path: string, init: RequestInit): Promise<T> {
    this.#cookie ??= await this.#logIn();
    let response = await this.#send(path, init);
    if (response.status === 401) {
      // A session ends after a while.
      this.#cookie = await this.#logIn();
      response = await this.#send(path, init);
    }
    const text = await response.text();
    // Where one of several queries fails, the status says so, and the body which.
    if (!response.ok && !text.includes('"results"')) {
      throw new Error(`Grafana ${path} answered ${response.status}: ${text.slice(0, 200)}`);
    }
    return JSON.parse(text) as T;
  }

  /** As a browser does: a password with every request would cost more than most queries. */
  async #logIn(): Promise<string> {
    const body = JSON.stringify(this.#login);
    const response = await this.#send("/login", { method: "POST", body });
    if (!response.ok) throw new Error(`Grafana does not let ${this.#login.user} in: ${response.status}`);
    return response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; ");
  }

  #send(path: string, init: RequestInit): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      ...init,
      headers: { "content-type": "application/json", cookie: this.#cookie ?? "" },
      signal: AbortSignal.timeout(30_000),
    });
  }
}
