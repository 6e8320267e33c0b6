import { distance } from "fastest-levenshtein";
import { objectiveProblems } from "../../dashboards/rules/objectives.ts";
import { environmentVariable, readEach, textOf } from "../../service/src/setting-kinds.ts";
import { readServerSettings } from "../../service/src/settings.ts";
import { isPrintable, type Problem, problemIf, secretCommand, setCommand, shown } from "../errors.ts";
import { type Configuration, freePort, hostName, ports, usedPorts } from "../plan.ts";
import type { StackSetting } from "./patterns.ts";
import { generatorSettings, type Key, type Settings, schema, serverSettings, settingOf } from "./schema.ts";

/** The stack's configuration as text, without the project's prefix. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks every setting. Returns all problems, not just the first one.
 *
 * @param stack name of the stack, from which unset ports are derived
 */
export function readSettings(
  given: RawSettings,
  stack = "dev",
): { configuration: Configuration; problems: [] } | { configuration?: never; problems: Problem[] } {
  const raw = withoutZeros(given);
  const each = readEach(schema, raw);
  // Checks the server's settings in the same way as the server does at start.
  const server = readServerSettings(raw);
  const wrong = new Map(
    [...each.problems, ...server.problems].map((one) => [String(one.setting), wrongValue(one)]),
  );
  const problems = [...unknownKeys(raw), ...wrong.values()];
  if (each.values === undefined || server.values === undefined || problems.length > 0) return { problems };
  const contradictions = [
    ...rules(each.values, stack),
    ...objectiveProblems(each.values, server.values.delay).map(wrongValue),
  ];
  if (contradictions.length > 0) return { problems: contradictions };
  return {
    configuration: {
      settings: each.values,
      server: server.values,
      environment: environment(raw, serverSettings),
      loadEnvironment: environment(raw, generatorSettings),
    },
    problems: [],
  };
}

/** Secrets that are not encrypted in the stack's file. */
export function plainSecrets(raw: RawSettings, isEncrypted: (key: string) => boolean): Problem[] {
  return Object.entries<StackSetting>(schema)
    .filter(([key, setting]) => setting.secret && raw[key] && !isEncrypted(key))
    .map(([key]) => ({
      what: `${key} is in plain text`,
      why: "anyone who can read the stack's file or its state can read it",
      fix: secretCommand(key),
    }));
}

/** Pulumi.yaml can't declare an optional integer, so 0 means unset. */
function withoutZeros(raw: RawSettings): RawSettings {
  const unset = Object.keys(raw).filter((key) => {
    const setting = settingOf(key);
    return raw[key] === "0" && setting?.type === "integer" && setting.default === undefined;
  });
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !unset.includes(key)));
}

function environment(
  raw: RawSettings,
  table: Readonly<Record<string, StackSetting>>,
): Record<string, string> {
  const entries = Object.entries(table).flatMap(([key, setting]) => {
    const text = textOf(table, raw, key);
    return text === undefined || text === setting.default ? [] : [[environmentVariable(key), text]];
  });
  return Object.fromEntries(entries);
}

function wrongValue(one: { setting: PropertyKey; value: string; allowed: string }): Problem {
  const key = String(one.setting);
  const setting = settingOf(key);
  const example = setting?.example ?? setting?.default ?? "VALUE";
  return {
    what: `${key} = ${setting?.secret ? "(secret)" : shown(one.value)} is not allowed`,
    why: `${key} must be ${one.allowed}`,
    fix: setting?.secret ? secretCommand(key) : setCommand(key, example),
  };
}

const removal = "; if it is in the stack's file, remove its line";

/** Reports unknown keys: a misspelt key would otherwise be ignored silently. */
function unknownKeys(raw: RawSettings): Problem[] {
  return Object.keys(raw)
    .filter((key) => raw[key] !== undefined && settingOf(key) === undefined)
    .map((key) => {
      const meant = isPrintable(key) ? closest(key) : undefined;
      return {
        what: `${isPrintable(key) ? key : shown(key)} is not a setting of latency-lab`,
        why: meant ? `it is unknown; did you mean ${meant}?` : "it is unknown",
        fix: `${meant ? correction(meant, raw[key] as string) : "npm run config   (lists the settings)"}${removal}`,
      };
    });
}

/** The value of a misspelt secret must not be shown. */
function correction(key: Key, value: string): string {
  return settingOf(key)?.secret ? secretCommand(key) : setCommand(key, value);
}

/** The setting with the most similar name, if it is similar enough. */
function closest(key: string): Key | undefined {
  const [best] = (Object.keys(schema) as Key[])
    .map((known) => ({ known, distance: distance(key.toLowerCase(), known.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= 3 ? best.known : undefined;
}

/** Checks for settings that contradict each other. */
function rules(settings: Settings, stack: string): Problem[] {
  const { cluster, context, registry, registryUsername, queryUrl, remoteWriteUrl } = settings;
  const { replicas, maxReplicas, scrapeShards } = settings;
  return [
    ...podsReachIt(settings),
    ...problemIf(cluster === "existing" && context === undefined, {
      what: `cluster = "existing" without a context`,
      why: "an existing cluster needs a context, so that nothing is deployed to the wrong cluster by accident",
      fix: "npm run up -- --config context=NAME   (kubectl config get-contexts lists the names)",
    }),
    ...problemIf(registryUsername !== undefined && registry === undefined, {
      what: `registryUsername = ${shown(registryUsername ?? "")} without a registry`,
      why: "the user name is for the registry that the image is pushed to",
      fix: setCommand("registry", "registry.example.com/team"),
    }),
    ...problemIf(queryUrl !== undefined && remoteWriteUrl === undefined, {
      what: `queryUrl = ${shown(queryUrl ?? "")} without a remoteWriteUrl`,
      why: "nothing would send samples to the store that is queried",
      fix: setCommand("remoteWriteUrl", "URL"),
    }),
    ...problemIf(scrapeShards > 1 && queryUrl === undefined, {
      what: `scrapeShards = "${scrapeShards}" without a queryUrl`,
      why: "each agent has a share of the samples; only a store that they all write to has all samples",
      fix: `npm run up -- --config remoteWriteUrl=URL --config queryUrl=URL, or ${setCommand("scrapeShards", "1")}`,
    }),
    ...problemIf(maxReplicas !== undefined && maxReplicas < replicas, {
      what: `maxReplicas = "${maxReplicas}" is not allowed`,
      why: `maxReplicas must be at least replicas (${replicas})`,
      fix: setCommand("maxReplicas", String(replicas)),
    }),
    ...distinctPorts(settings, stack),
  ];
}

/** In a pod, 127.0.0.1 is the pod itself. */
function podsReachIt({ cluster, scrapeTargets, remoteWriteUrl, queryUrl, lokiUrl }: Settings): Problem[] {
  const urls: [Key, string, string | undefined][] = [
    ...scrapeTargets.map((one): [Key, string, string] => ["scrapeTargets", "Prometheus", `http://${one}`]),
    ["remoteWriteUrl", "Prometheus", remoteWriteUrl],
    ["queryUrl", "Grafana", queryUrl],
    ["lokiUrl", "Promtail", lokiUrl],
  ];
  return urls.flatMap(([key, pod, url]) => {
    if (url === undefined || !URL.canParse(url)) return [];
    const { hostname } = new URL(url);
    if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return [];
    const value = key === "scrapeTargets" ? url.replace("http://", "") : url;
    const reachable = cluster === "local" ? hostName : "ADDRESS";
    return {
      what: `${key} = "${value}" does not reach this machine`,
      why: `${pod} runs in a pod, where ${hostname} is the pod itself`,
      fix: setCommand(key, value.replace(hostname, reachable)),
    };
  });
}

/** Derived ports never collide; ports that are set can. */
function distinctPorts(settings: Settings, stack: string): Problem[] {
  const all = ports(settings, stack);
  const used = usedPorts(settings);
  const taken = new Set(used.map((key) => all[key]));
  return [...Map.groupBy(used, (key) => all[key])].flatMap(([port, [first, ...others]]) =>
    others.map((key) => ({
      what: `${first} and ${key} are both ${port}`,
      why: "two services can't have the same port",
      fix: setCommand((settings[key] === undefined && first) || key, String(freePort(port, taken))),
    })),
  );
}
