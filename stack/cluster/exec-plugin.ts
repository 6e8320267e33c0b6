import { spawn } from "node:child_process";
import { once } from "node:events";
import { parse, stringify } from "yaml";
import { UserError } from "../errors.ts";

/** A command that logs in, as in a kubeconfig: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo?: boolean;
}

/** A plugin's result: a token, a certificate with its key, or both. */
export interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

interface Login {
  readonly credential: Credential;
  /** The plugin's unparsed output. */
  readonly answer: string;
}

/** A credential is renewed this long before it expires. */
const reserveMilliseconds = 10_000;

/** After this time, show the plugin's output while it runs: it may print a code to type in a browser. */
const silentMilliseconds = 1000;

const logins = new Map<string, Promise<Login>>();

/** Logs in with a user's plugin. The login is shared by the whole process and renewed when it expires. */
export async function login(
  user: string,
  plugin: ExecPlugin,
  cluster: Record<string, unknown>,
): Promise<Login> {
  const key = JSON.stringify([user, plugin, cluster]);
  const known = logins.get(key);
  if (known && !hasExpired((await known).credential)) return known;
  // Another caller may have started to renew it in the meantime.
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
    throw failed(user, plugin, "it needs a terminal to ask for input, and there is none");
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
  let answer = "";
  let printed = "";
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    process.stderr.write(`waiting for the login of the user ${user}: ${command}\n${printed}`);
  }, silentMilliseconds);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (isShown) process.stderr.write(text);
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  try {
    const [code, signal] = await once(child, "close");
    if (code !== 0) {
      const lines = printed.split("\n").map((line) => line.trim());
      const said = lines.filter((line) => line !== "").join("\n       ");
      const ended = signal ?? `exit code ${code}`;
      throw failed(user, plugin, said === "" ? `it ended with ${ended}` : `${said} (${ended})`);
    }
  } catch (error) {
    throw error instanceof UserError ? error : notRun(user, plugin, error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
  }
  return { answer, credential: credentialIn(answer, user, plugin) };
}

/** The cluster as passed to a plugin with `provideClusterInfo`. */
function clusterInfo({ extensions, ...cluster }: Record<string, unknown>): Record<string, unknown> {
  const all = (extensions ?? []) as { name?: string; extension?: unknown }[];
  const config = all.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return { ...cluster, ...(config === undefined ? {} : { config }) };
}

function credentialIn(answer: string, user: string, plugin: ExecPlugin): Credential {
  if (answer.trim() === "") throw failed(user, plugin, "it printed nothing");
  let parsed: { kind?: string; apiVersion?: string; status?: Credential } | null = null;
  try {
    parsed = JSON.parse(answer);
  } catch {
    // Reported below. The output may be a token, so it is not shown.
  }
  if (parsed?.kind !== "ExecCredential") {
    throw failed(user, plugin, "it printed something that is not an ExecCredential in JSON");
  }
  if (parsed.apiVersion !== plugin.apiVersion) {
    throw failed(user, plugin, `it returned ${parsed.apiVersion} instead of ${plugin.apiVersion}`);
  }
  const { status = {} } = parsed;
  if (status.token || (status.clientCertificateData && status.clientKeyData)) return status;
  throw failed(user, plugin, "it returned neither a token nor a certificate with its key");
}

function notRun(user: string, plugin: ExecPlugin, { code, message }: NodeJS.ErrnoException): UserError {
  if (code !== "ENOENT") return failed(user, plugin, message);
  const what = `the exec plugin ${plugin.command} of the user "${user}" is not installed`;
  const why = /[/\\]/.test(plugin.command) ? "there is no such file" : "it is not in PATH";
  const fix = plugin.installHint?.trim().replaceAll("\n", " ") || `install ${plugin.command}`;
  return new UserError({ what, why, fix }, "readiness");
}

function failed(user: string, { command }: ExecPlugin, why: string): UserError {
  const what = `the login of the user "${user}" failed: exec plugin ${command}`;
  const fix = "log in as the plugin asks; `kubectl get nodes` with this context checks the login";
  return new UserError({ what, why, fix }, "readiness");
}

const variable = "LATENCY_LAB_LOGIN";

/**
 * Runs in place of an exec plugin: returns the command's login while it is valid, else runs the
 * plugin. Kept as text so that it works without this checkout.
 */
const script = `
const [command, ...args] = process.argv.slice(1);
const shared = JSON.parse(process.env.${variable} || "{}");
const answer = shared.for === JSON.stringify([command, args]) ? shared.answer : undefined;
const ends = answer && JSON.parse(answer).status.expirationTimestamp;
if (answer && !(Date.parse(ends) - 10000 < Date.now())) process.stdout.write(answer);
else {
  const { status, error } = require("node:child_process").spawnSync(command, args, { stdio: "inherit" });
  if (error) console.error(error.message);
  process.exitCode = status ?? 1;
}
`.trim();

/**
 * The kubeconfig for Pulumi's provider and its Helm. It keeps an exec plugin, because a token can
 * expire during a run, and is the same on every run, so that a new token does not change the
 * provider. The plugin reuses the command's login.
 */
export function withSharedLogin(kubeconfig: string): string {
  const config = parse(kubeconfig);
  const user = config?.users?.[0]?.user;
  const plugin: ExecPlugin | undefined = user?.exec;
  if (plugin === undefined) return kubeconfig;
  user.exec = {
    ...plugin,
    command: "node",
    args: ["--eval", script, "--", plugin.command, ...(plugin.args ?? [])],
    // The provider has no terminal; the command has already logged in if one is needed.
    interactiveMode: "IfAvailable",
  };
  return stringify(config);
}

/** Logs in if the user has an exec plugin, and returns the environment that passes the login to Pulumi. */
export async function sharedLogin(kubeconfig: string): Promise<Record<string, string>> {
  const { users, clusters } = parse(kubeconfig);
  const plugin: ExecPlugin | undefined = users[0]?.user?.exec;
  if (plugin === undefined) return {};
  const { answer } = await login(users[0].name, plugin, clusters[0].cluster);
  return { [variable]: JSON.stringify({ for: JSON.stringify([plugin.command, plugin.args ?? []]), answer }) };
}
