import { distance } from "fastest-levenshtein";
import { objectiveProblems } from "../../dashboards/settings.ts";
import { environmentVariable, readEach, textOf } from "../../service/src/settings/read.ts";
import { readServerSettings, type ServerSettings } from "../../service/src/settings.ts";
import type { Problem } from "../errors.ts";
import { type PortKey, ports, usedPorts } from "./names.ts";
import {
  generatorSettings,
  type Key,
  type Settings,
  type StackSetting,
  schema,
  serverSettings,
} from "./schema.ts";

/** What the stack's configuration holds, as text, without the project's prefix. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/** What a stack is configured to be. */
export interface Configuration {
  readonly settings: Settings;
  /** The server's own settings, as it will read them. */
  readonly server: ServerSettings;
  /** The environment variables that give the server every setting that is not its default. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for the load generator. */
  readonly loadEnvironment: Readonly<Record<string, string>>;
}

/**
 * Reads and checks every setting. All problems are returned, not just the first,
 * so that one look at the terminal mends one run.
 *
 * @param stack name of the stack, from which ports that are not set are derived
 */
export function readSettings(
  given: RawSettings,
  stack = "dev",
): { configuration: Configuration; problems: [] } | { configuration?: never; problems: Problem[] } {
  const raw = withoutZeros(given);
  const each = readEach(schema, raw);
  // The server checks its own settings together, as it does when it starts.
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

/** Secrets that stand in the stack's file for everybody to read. */
export function plainSecrets(raw: RawSettings, isEncrypted: (key: string) => boolean): Problem[] {
  return Object.entries<StackSetting>(schema)
    .filter(([key, setting]) => setting.secret && raw[key] && !isEncrypted(key))
    .map(([key]) => ({
      what: `${key} is in plain text`,
      why: "whoever reads the stack's file, or the state, reads it too",
      fix: secretCommand(key),
    }));
}

/** The setting of that name; what every object has, such as `constructor`, is none. */
function settingOf(key: string): StackSetting | undefined {
  return Object.hasOwn(schema, key) ? (schema as Record<string, StackSetting>)[key] : undefined;
}

/** Pulumi.yaml can't declare an integer that may stay unset: there it is 0. */
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

/** Only a person can tell whether a line of their file is a mistake. */
const takenOut = "; in the stack's file, take its line out";

/** A misspelt key would otherwise be ignored in silence, and its default used. */
function unknownKeys(raw: RawSettings): Problem[] {
  return Object.keys(raw)
    .filter((key) => raw[key] !== undefined && settingOf(key) === undefined)
    .map((key) => {
      const meant = isPrintable(key) ? closest(key) : undefined;
      return {
        what: `${isPrintable(key) ? key : shown(key)} is not a setting of latency-lab`,
        why: meant ? `nothing reads it; did you mean ${meant}?` : "nothing reads it",
        fix: `${meant ? settingItRight(meant, raw[key] as string) : "npm run config   (lists the settings)"}${takenOut}`,
      };
    });
}

/** A secret under a misspelt name is a secret still. */
function settingItRight(key: Key, value: string): string {
  return settingOf(key)?.secret ? secretCommand(key) : setCommand(key, value);
}

/** The setting whose name differs least, when it differs little. */
function closest(key: string): Key | undefined {
  const [best] = (Object.keys(schema) as Key[])
    .map((known) => ({ known, distance: distance(key.toLowerCase(), known.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= 3 ? best.known : undefined;
}

/**
 * The command that mends a setting, and goes on: everybody has it, while the Pulumi
 * command line may be one that is not on the PATH, or logged in nowhere.
 */
export function setCommand(key: string, value: string): string {
  return `npm run up -- --config ${isPrintable(value) ? quoted(`${key}=${value}`) : `${key}=VALUE`}`;
}

/** The command that sets a secret: it asks for it, so that no history and no list of processes has it. */
export function secretCommand(key: string): string {
  return `npm run secret -- ${key}`;
}

/** As a shell reads it. */
export function quoted(text: string): string {
  return /^[\w./:=@~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What no single setting can tell: settings that contradict each other. */
function rules(settings: Settings, stack: string): Problem[] {
  return [
    ...podsReachIt(settings),
    ...existingNeedsContext(settings),
    ...userNeedsRegistry(settings),
    ...mostIsNotLess(settings),
    ...distinctPorts(settings, stack),
  ];
}

/** In a pod, 127.0.0.1 is the pod itself. */
function podsReachIt({ cluster, scrapeTargets, remoteWriteUrl, lokiUrl }: Settings): Problem[] {
  const places: [Key, string, string | undefined][] = [
    ...scrapeTargets.map((one): [Key, string, string] => ["scrapeTargets", "Prometheus", `http://${one}`]),
    ["remoteWriteUrl", "Prometheus", remoteWriteUrl],
    ["lokiUrl", "Promtail", lokiUrl],
  ];
  return places.flatMap(([key, pod, url]) => {
    if (url === undefined || !URL.canParse(url)) return [];
    const { hostname } = new URL(url);
    if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return [];
    const value = key === "scrapeTargets" ? url.replace("http://", "") : url;
    const there = cluster === "local" ? "host.docker.internal" : "ADDRESS";
    return {
      what: `${key} = "${value}" is no address of this machine`,
      why: `${pod} runs in a pod, where ${hostname} is the pod itself`,
      fix: setCommand(key, value.replace(hostname, there)),
    };
  });
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

/** More of a value than this helps nobody to find it. */
const longest = 80;

/** What a terminal acts on instead of showing it, or shows as something else. */
const notShown = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A value as a message quotes it: on one line, with what a terminal would act on escaped, cut where it gets long. */
export function shown(value: string): string {
  const cut = value.length > longest ? `${value.slice(0, longest)}…` : value;
  return JSON.stringify(cut).replace(notShown, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** Whether a text can stand in a message, or in a command to copy, as it is. */
export function isPrintable(value: string): boolean {
  return value.length <= longest && value.trim() !== "" && value.search(notShown) < 0;
}
