import type { Command } from "commander";
import type { Plan } from "../../stack/plan.ts";
import type { BrokenHelper } from "../../stack/preflight/credentials.ts";
import { prepare } from "../../stack/preflight/preflight.ts";
import { withoutHelpers } from "../clients/docker-config.ts";
import {
  type CommonOptions,
  configOption,
  exitsWith,
  jsonOption,
  planOf,
  stackOption,
  yesOption,
} from "../options.ts";
import type { Deployed } from "../pulumi/deploy.ts";
import { hasPulumi } from "../pulumi/install.ts";
import { claimStack } from "../pulumi/one-run.ts";
import type { FoundStack } from "../pulumi/stack.ts";
import { parseAssignments, writeSettings } from "../pulumi/stack-file.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { reserveStdoutForJson, say, sayJson, sayTable, styled } from "../terminal/say.ts";

interface UpOptions extends CommonOptions {
  readonly yes: boolean;
  readonly config: string[];
}

/** The options and the action of the command. */
export const define = (command: Command) =>
  command
    .addOption(stackOption())
    .addOption(configOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(exitsWith(bringUp));

/** Creates or updates the stack and waits for its first latency. */
async function bringUp(options: UpOptions): Promise<number> {
  if (options.json) reserveStdoutForJson();
  const began = Date.now();
  const changes = parseAssignments(options.config);
  const plan = planOf(options.stack, changes);
  // Loading Pulumi's SDK and finding the stack each take most of a second, so both run in parallel
  // with the checks.
  claimStack(options.stack, "npm run up");
  const search = lookForStack(options.stack);
  const [{ brokenHelpers, ...args }, { deploy }] = await Promise.all([
    prepare(plan),
    import("../pulumi/deploy.ts"),
  ]);
  const found = await search;
  if (found instanceof Error) throw found;
  writeSettings(options.stack, changes);
  bypassHelpers(brokenHelpers);
  sayPlan(plan);
  const deployed = await deploy(options.stack, plan, args, found, began);
  if (deployed === "interrupted") {
    say("stopped. `npm run up` continues from here, `npm run down` deletes everything.");
    return exitCodes.interrupted;
  }
  if (options.json) sayJson(summary(options.stack, deployed));
  else sayDeployed(options.stack, deployed);
  return exitCodes.ok;
}

/**
 * Looks for the stack if Pulumi is installed: nothing is installed before the checks have passed.
 * Returns errors, so that those of the checks are reported first.
 */
async function lookForStack(name: string): Promise<FoundStack | Error | undefined> {
  if (!hasPulumi()) return undefined;
  try {
    const { findStack } = await import("../pulumi/stack.ts");
    return await findStack(name);
  } catch (error) {
    return error as Error;
  }
}

/** Broken credential helpers are not an obstacle, because no login is needed. */
function bypassHelpers(broken: readonly BrokenHelper[]): void {
  if (broken.length === 0) return;
  withoutHelpers(broken);
  for (const { program, why } of broken)
    say(styled("dim", `continuing without Docker's logins: ${program}: ${why}`));
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

function sayDeployed(stack: string, { seconds, median, outputs, environment }: Deployed): void {
  const latency =
    median === undefined
      ? "; no latency is visible in Prometheus yet: npm run verify shows why"
      : `; the median latency so far is ${median.toFixed(2)} s`;
  say(`\n${styled(["green", "bold"], `up in ${seconds.toFixed(1)} s`)}${latency}\n`);
  sayTable([
    ["Grafana", `${outputs.dashboardUrl}`],
    ["user", `${outputs.grafanaUser}`],
    ["password", `${outputs.grafanaPassword}`],
    ["Prometheus", `${outputs.prometheusUrl}   (npm run open -- prometheus: graph of the quantiles)`],
    ["server", `${outputs.serverUrl}`],
  ]);
  const source = environment === undefined ? "" : `source ${environment} && `;
  say(`\nthe same stack with plain Pulumi: ${source}pulumi stack --stack ${stack}`);
  say(`delete it: npm run down${stack === "dev" ? "" : ` -- --stack ${stack}`}`);
}

function summary(stack: string, { seconds, median, changes, stages, outputs }: Deployed) {
  const { grafanaPassword: _, kubeconfig: __, ...open } = outputs;
  return { stack, seconds, firstLatencySeconds: median, changes, stages, outputs: open };
}
