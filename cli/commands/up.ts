import type { Command } from "commander";
import type { Plan } from "../../stack/plan.ts";
import { prepare } from "../../stack/preflight/preflight.ts";
import { type CommonOptions, configOption, planOf, wrongInput, yesOption } from "../options.ts";
import type { Deployed } from "../pulumi/deploy.ts";
import { claimStack } from "../pulumi/lock.ts";
import { pulumiPath } from "../pulumi/pulumi-cli.ts";
import type { FoundStack } from "../pulumi/stack.ts";
import { parseAssignments, writeSettings } from "../pulumi/stack-file.ts";
import { changedVersions, State } from "../pulumi/state.ts";
import { withoutHelpers } from "../pulumi/without-helpers.ts";
import { canAsk, confirmed, exitCodes, say, sayResult, sayTable, styled } from "../terminal/say.ts";

type Options = CommonOptions & { config: string[]; yes: boolean };

export const define = (command: Command) => command.addOption(configOption()).addOption(yesOption());

/** Creates or updates the stack and waits for its first latency. */
export async function run(options: Options): Promise<number> {
  const { stack, config, yes } = options;
  const began = Date.now();
  const changes = parseAssignments(config);
  const plan = planOf(stack, changes);
  // Loading Pulumi's SDK and finding the stack each take most of a second, so both run in parallel
  // with the checks.
  claimStack(stack, "npm run up");
  const search = lookForStack(stack);
  search.catch(() => {}); // The errors of the checks are reported first.
  const [{ brokenHelpers, ...args }, { deploy }] = await Promise.all([
    prepare(plan),
    import("../pulumi/deploy.ts"),
  ]);
  const found = await search;
  if (!(await replacesAsWanted(yes, found, plan))) {
    say("nothing was changed");
    return exitCodes.ok;
  }
  writeSettings(stack, changes);
  // Broken credential helpers are not an obstacle, because no login is needed.
  if (brokenHelpers.length > 0) withoutHelpers();
  for (const { program, why } of brokenHelpers)
    say(styled("dim", `continuing without Docker's logins: ${program}: ${why}`));
  sayPlan(plan);
  const deployed = await deploy(stack, plan, args, found, began);
  if (deployed === "interrupted") {
    say("stopped. `npm run up` continues from here, `npm run down` deletes everything.");
    return exitCodes.interrupted;
  }
  const { seconds, median: firstLatencySeconds, changes: changed, stages } = deployed;
  const { grafanaPassword: _, kubeconfig: __, ...outputs } = deployed.outputs;
  sayResult({ stack, seconds, firstLatencySeconds, changes: changed, stages, outputs }, () =>
    sayDeployed(stack, deployed),
  );
  return exitCodes.ok;
}

/** Looks for the stack if Pulumi is installed: nothing is installed before the checks have passed. */
async function lookForStack(name: string): Promise<FoundStack | undefined> {
  if (!pulumiPath()) return undefined;
  const { findStack } = await import("../pulumi/stack.ts");
  return findStack(name);
}

/** What the replacement deletes and what it keeps. */
const replacement =
  "the metrics and logs that were collected, and what was saved in Grafana, are deleted, on volumes too; settings, password, dashboards and the server are kept";

/** Says what a change of `versions` deletes, and asks for confirmation unless `--yes` is given. */
async function replacesAsWanted(yes: boolean, found: FoundStack | undefined, plan: Plan) {
  const change = changedVersions(found?.opened && new State(found.opened.state), plan);
  if (change === undefined) return true;
  const what = `versions = ${change.to} replaces ${change.from}`;
  say(`${styled("yellow", what)}: ${replacement}`);
  if (yes) return true;
  if (!canAsk())
    throw wrongInput(
      `${what}, which needs --yes`,
      `there is no terminal to confirm that ${replacement}`,
      `npm run up -- --config versions=${change.to} --yes`,
    );
  return confirmed("Replace them?");
}

function sayPlan({ settings, names, stack }: Plan): void {
  const where =
    settings.cluster === "local"
      ? `a local cluster (containers ${names.instance}-*)`
      : `the cluster of context ${settings.context}`;
  say(
    `stack ${styled("bold", stack)}: the delayed server, Prometheus, Loki and Grafana on ${where}, ` +
      `namespaces ${names.serverNamespace} and ${names.monitoringNamespace}`,
  );
}

function sayDeployed(stack: string, { seconds, median, outputs }: Deployed): void {
  const latency =
    median === undefined
      ? "; no latency is visible in Prometheus yet: npm run verify shows why"
      : `; the median latency so far is ${median.toFixed(2)} s`;
  say(`\n${styled(["green", "bold"], `up in ${seconds.toFixed(1)} s`)}${latency}\n`);
  sayTable([
    ["Grafana", outputs.dashboardUrl],
    ["user", outputs.grafanaUser],
    ["password", outputs.grafanaPassword],
    ["Prometheus", `${outputs.prometheusUrl}   (npm run open -- prometheus: graph of the quantiles)`],
    ["server", outputs.serverUrl],
  ]);
  say(`\nthe same stack with plain Pulumi: source .latency-lab/env && pulumi stack --stack ${stack}`);
  say("delete it: npm run down");
}
