import { parse, stringify } from "yaml";
import { type ExecPlugin, login } from "./exec-plugin.ts";

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
