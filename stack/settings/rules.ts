import type { Problem } from "../errors.ts";
import { setCommand } from "./fix.ts";
import { type PortKey, ports, usedPorts } from "./ports.ts";
import type { Settings } from "./schema.ts";
import { shown } from "./shown.ts";

/** What no single setting can tell: settings that contradict each other. */
export function rules(settings: Settings, stack: string): Problem[] {
  return [
    ...existingNeedsContext(settings),
    ...userNeedsRegistry(settings),
    ...mostIsNotLess(settings),
    ...distinctPorts(settings, stack),
  ];
}

function existingNeedsContext(settings: Settings): Problem[] {
  if (settings.cluster !== "existing" || settings.context !== undefined) return [];
  return [
    {
      what: `cluster = "existing" without a context`,
      why: "the context must be named, so that nobody deploys into the wrong cluster",
      fix: "npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
    },
  ];
}

function userNeedsRegistry(settings: Settings): Problem[] {
  if (settings.registryUsername === undefined || settings.registry !== undefined) return [];
  return [
    {
      what: `registryUsername = ${shown(settings.registryUsername)} without a registry`,
      why: "a user name belongs to the registry that the image is pushed to",
      fix: setCommand("registry", "registry.example.com/team"),
    },
  ];
}

function mostIsNotLess({ replicas, maxReplicas }: Settings): Problem[] {
  if (maxReplicas === undefined || maxReplicas >= replicas) return [];
  return [
    {
      what: `maxReplicas = "${maxReplicas}" is not allowed`,
      why: `maxReplicas must be at least replicas (${replicas})`,
      fix: setCommand("maxReplicas", String(replicas)),
    },
  ];
}

/** Derived ports never meet; those that are set can. */
function distinctPorts(settings: Settings, stack: string): Problem[] {
  const seen = new Map<number, PortKey>();
  const all = ports(settings, stack);
  const used = usedPorts(settings);
  const problems: Problem[] = [];
  for (const key of used) {
    const other = seen.get(all[key]);
    if (other === undefined) seen.set(all[key], key);
    else {
      const set = settings[key] === undefined ? other : key;
      problems.push({
        what: `${other} and ${key} are both ${all[key]}`,
        why: "two services can't have the same port",
        fix: setCommand(set, String(freeFrom(all[key], new Set(used.map((one) => all[one]))))),
      });
    }
  }
  return problems;
}

/** The next number that none of them has; downwards where a NodePort can't go up. */
function freeFrom(port: number, taken: ReadonlySet<number>): number {
  const step = port > 32_700 && port <= 32_767 ? -1 : 1;
  let next = port + step;
  while (taken.has(next)) next += step;
  return next;
}
