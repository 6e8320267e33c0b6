import { spawn } from "node:child_process";
import { UserError } from "../errors.ts";

/** A command that logs in, as a kubeconfig names it: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo?: boolean;
}

/** What a plugin answers: a token, a certificate with its key, or both. */
export interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

interface Login {
  readonly credential: Credential;
  /** The plugin's answer as it came. */
  readonly answer: string;
}

/** A credential is replaced this long before it ends, so that no request comes too late. */
const reserveMilliseconds = 10_000;

/** From when on what a plugin says is shown while it runs, such as a code to type in a browser. */
const silentMilliseconds = 1000;

const logins = new Map<string, Promise<Login>>();

/** Logs in by a user's plugin, once in this process for everyone who asks, and again when that has expired. */
export async function login(
  user: string,
  plugin: ExecPlugin,
  cluster: Record<string, unknown>,
): Promise<Login> {
  const key = JSON.stringify([user, plugin, cluster]);
  const known = logins.get(key);
  if (known && !hasExpired((await known).credential)) return known;
  // Someone else may have begun to renew it while this one waited.
  const renewed = logins.get(key);
  if (renewed && renewed !== known) return renewed;
  const begun = run(user, plugin, cluster);
  logins.set(key, begun);
  begun.catch(() => logins.delete(key));
  return begun;
}

function hasExpired({ expirationTimestamp }: Credential): boolean {
  if (expirationTimestamp === undefined) return false;
  return Date.parse(expirationTimestamp) - reserveMilliseconds < Date.now();
}

async function run(user: string, plugin: ExecPlugin, cluster: Record<string, unknown>): Promise<Login> {
  const { command, args, env, interactiveMode = "IfAvailable" } = plugin;
  const interactive = interactiveMode !== "Never" && process.stdin.isTTY === true;
  if (interactiveMode === "Always" && !interactive) {
    throw failed(user, plugin, "it asks for something, and there is no terminal to ask at");
  }
  const child = spawn(command, args ?? [], {
    env: {
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({
        kind: "ExecCredential",
        apiVersion: plugin.apiVersion,
        spec: { interactive, ...(plugin.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
      }),
    },
    stdio: [interactive ? "inherit" : "ignore", "pipe", "pipe"],
  });
  let said = "";
  let shown = Number.POSITIVE_INFINITY;
  const show = () => {
    process.stderr.write(said.slice(shown));
    shown = said.length;
  };
  const timer = setTimeout(() => {
    process.stderr.write(`waiting for the login of the user ${user}: ${command}\n`);
    shown = 0;
    show();
  }, silentMilliseconds);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (shown < said.length) show();
  });
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on("error", (error) => reject(notRun(user, plugin, error)));
    child.on("close", (exit, signal) => resolve(exit ?? signal ?? ""));
  }).finally(() => clearTimeout(timer));
  if (code !== 0) {
    const ended = typeof code === "number" ? `exit code ${code}` : code;
    throw failed(user, plugin, said.trim() === "" ? `it ended with ${ended}` : `${inLines(said)} (${ended})`);
  }
  return { answer, credential: credentialIn(answer, user, plugin) };
}

/** What a plugin said, without the empty lines. */
function inLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join("\n       ");
}

/** The cluster as a plugin with `provideClusterInfo` is told of it. */
function clusterInfo({ extensions, ...cluster }: Record<string, unknown>): Record<string, unknown> {
  const all = (extensions ?? []) as { name?: string; extension?: unknown }[];
  const config = all.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return { ...cluster, ...(config === undefined ? {} : { config }) };
}

function credentialIn(answer: string, user: string, plugin: ExecPlugin): Credential {
  let parsed: { kind?: string; apiVersion?: string; status?: Credential };
  try {
    parsed = JSON.parse(answer);
  } catch {
    parsed = {};
  }
  if (parsed?.kind !== "ExecCredential") {
    // It may be a token: not shown.
    const what = answer.trim() === "" ? "nothing" : "something that is not an ExecCredential in JSON";
    throw failed(user, plugin, `it printed ${what}`);
  }
  if (parsed.apiVersion !== plugin.apiVersion) {
    const asked = `it was asked for ${plugin.apiVersion}`;
    throw failed(user, plugin, `${asked}, and answers with ${parsed.apiVersion}`);
  }
  const { token, clientCertificateData, clientKeyData } = parsed.status ?? {};
  if (!token && !(clientCertificateData && clientKeyData)) {
    throw failed(user, plugin, "its answer has neither a token nor a certificate with its key");
  }
  return parsed.status as Credential;
}

function notRun(user: string, plugin: ExecPlugin, { code, message }: NodeJS.ErrnoException): UserError {
  if (code !== "ENOENT") return failed(user, plugin, message);
  const hint = plugin.installHint?.trim().split("\n").join(" ");
  return new UserError(
    {
      what: `the exec plugin ${plugin.command} of the user "${user}" is not installed`,
      why: /[/\\]/.test(plugin.command) ? "there is no such file" : "it is not in PATH",
      fix: hint ? hint : `install ${plugin.command}`,
    },
    "readiness",
  );
}

function failed(user: string, { command }: ExecPlugin, why: string): UserError {
  return new UserError(
    {
      what: `the login of the user "${user}" failed: exec plugin ${command}`,
      why,
      fix: "log in as it says; `kubectl get nodes` with this context says when it is right",
    },
    "readiness",
  );
}
