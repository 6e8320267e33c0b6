import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher } from "undici";
import { parse, stringify } from "yaml";
import { proxyFor } from "../proxy.ts";
import { type Credential, type ExecPlugin, login } from "./exec-plugin.ts";

type Fields = Record<string, unknown>;
type Headers = Record<string, string | string[]>;
type RequestContext = Parameters<KubeConfig["applySecurityAuthentication"]>[0];

/**
 * The client library's configuration for a kubeconfig of `readContext`. Adds what kubectl does
 * and the library does not: full impersonation, token files, the environment's proxy,
 * contexts without a user, one shared login, one connection pool.
 */
export class ClusterClient extends KubeConfig {
  readonly #impersonation: Headers;
  #pool: { for: Credential | undefined; dispatcher: Dispatcher } | undefined;
  #credential: Credential | undefined;

  constructor(kubeconfig: string) {
    super();
    const { clusters, users, contexts, ...rest } = parse(kubeconfig);
    const { name, cluster } = clusters[0];
    // Without a user, the library ignores the cluster.
    const { name: userName, user }: { name: string; user: Fields } = users[0] ?? {
      name: "anonymous",
      user: {},
    };
    const { token, tokenFile, exec, as: _, ...others } = user;
    const ofLibrary = token || tokenFile || exec ? { ...others, "auth-provider": ownProvider } : others;
    const server = String(cluster.server);
    const reached = {
      ...cluster,
      "proxy-url": cluster["proxy-url"] ?? proxyFor(server),
      // The library requires this for plain HTTP.
      "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"] === true || server.startsWith("http:"),
    };
    this.loadFromString(
      stringify({
        ...rest,
        clusters: [{ name, cluster: reached }],
        users: [{ name: userName, user: ofLibrary }],
        contexts: [{ name: contexts[0].name, context: { ...contexts[0].context, user: userName } }],
      }),
    );
    this.#impersonation = impersonation(user);
    this.addAuthenticator({
      isAuthProvider: ({ authProvider }) => authProvider?.name === ownProvider.name,
      applyAuthentication: (_, options) => this.#authenticate(userName, user, cluster, options),
    });
  }

  /** The API of pods, namespaces and other basic objects. */
  get core(): CoreV1Api {
    return this.makeApiClient(CoreV1Api);
  }

  async #authenticate(name: string, user: Fields, cluster: Fields, options: RequestOptions): Promise<void> {
    const { tokenFile, token } = user as { tokenFile?: string; token?: string };
    if (tokenFile !== undefined) return authorize(options, readFileSync(tokenFile, "utf8").trim());
    if (token !== undefined) return authorize(options, token.trim());
    const { credential } = await login(name, user.exec as ExecPlugin, cluster);
    this.#credential = credential;
    if (credential.token) authorize(options, credential.token);
    if (credential.clientCertificateData) options.cert = credential.clientCertificateData;
    if (credential.clientKeyData) options.key = credential.clientKeyData;
  }

  override async applyToHTTPSOptions(options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0]) {
    await super.applyToHTTPSOptions(options);
    options.headers = { ...options.headers, ...this.#impersonation };
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    if (this.#pool === undefined || this.#pool.for !== this.#credential) {
      const dispatcher = (context.getDispatcher() ?? new Agent()).compose(this.#impersonate());
      this.#pool = { for: this.#credential, dispatcher };
    }
    context.setDispatcher(this.#pool.dispatcher);
  }

  /** Sets repeated headers below `fetch` and over HTTP/1.1, because `fetch` and HTTP/2 join their values. */
  #impersonate(): Dispatcher.DispatcherComposeInterceptor {
    const added = this.#impersonation;
    if (Object.keys(added).length === 0) return (dispatch) => dispatch;
    return (dispatch) => (options, handler) => {
      const headers = { ...(options.headers as Headers), ...added };
      return dispatch({ ...options, headers, allowH2: false } as Dispatcher.DispatchOptions, handler);
    };
  }
}

/** Marks users that log in through `#authenticate`. */
const ownProvider = { name: "latency-lab" };

function authorize(options: RequestOptions, token: string): void {
  options.headers = { ...options.headers, Authorization: `Bearer ${token}` } as Record<string, string>;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonation(user: Fields): Headers {
  const extra = Object.entries((user["as-user-extra"] ?? {}) as Record<string, string[]>);
  const headers = {
    "impersonate-user": user.as,
    "impersonate-uid": user["as-uid"],
    "impersonate-group": user["as-groups"],
    ...Object.fromEntries(
      extra.map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values]),
    ),
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Headers;
}
