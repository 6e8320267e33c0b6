import { integer, type Setting, text } from "../../service/src/setting-kinds.ts";

// Patterns of values. Docker, Helm or Kubernetes would reject a wrong value only after half of the stack exists.

/** Such as `registry.example:5000`. Grammar: https://github.com/distribution/reference */
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const host = `${label}(?:\\.${label})*`;
const portNumber = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const pathPart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `host[:port][/path]` without a scheme: the beginning of an image name. */
export const imagePrefix = {
  pattern: new RegExp(`^(?=.{1,200}$)${host}(?::${portNumber})?(?:/${pathPart})*$`),
  allowed: "host[:port][/path] without a scheme, such as registry.example.com/team",
};

export const image = {
  pattern: new RegExp(
    `^(?=.{1,400}$)(?:${host}(?::${portNumber})?/)?${pathPart}(?:/${pathPart})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
  ),
  allowed: "an image reference such as node:24-slim",
};

/** Text without control characters, at most as long as a path can be. */
const oneLine = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,4096}$/u;

export const anyText = { pattern: oneLine, allowed: "one line of text" };

/** `host:port` of a Prometheus target, with an IPv6 address in brackets. */
export const target = new RegExp(`^(?=.{1,260}$)(?:${host}|\\[[0-9a-f:.]{2,45}\\]):${portNumber}$`, "i");

/** Whether a text is a valid host of a URL: a name, or an IPv4 or IPv6 address. */
export function isHost(text: string): boolean {
  const isName = new RegExp(`^${host}$`, "i").test(text);
  const isAddress = /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text);
  return (
    text.length <= 253 && (isName || isAddress) && URL.canParse(`http://${isName ? text : `[${text}]`}/`)
  );
}

/** Whether a text is a chart's name, path or URL. A URL must not contain a password, which the state would keep. */
export function isChart(text: string): boolean {
  if (!oneLine.test(text)) return false;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return true;
  if (!/^(https?|oci):\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}

/** A setting of the stack: one of the server's kinds, with fields for the stack's configuration. */
export interface StackSetting<T = unknown> extends Setting<T> {
  /** The value in the command that a message suggests as the fix. @default the setting's default */
  readonly example?: string;
  /** Stored encrypted by Pulumi; never read as text. */
  readonly secret?: true;
}

/** Kubernetes' default `--service-node-port-range`. */
export const nodePorts = { from: 30000, to: 32767 };

/** A port that is derived from the name of the stack if it is unset. */
export function port(what: string, onDev: number, range: { from: number; to: number }) {
  const description = `${what}. Unset: ${onDev} on the stack \`dev\`, derived from its name on any other.`;
  return integer({ example: String(onDev), description, ...range });
}

interface Example {
  description: string;
  example: string;
}

/** A setting that Pulumi stores encrypted. */
export const secret = (description: string) => ({
  ...text({ description, ...anyText }),
  secret: true as const,
});

interface About extends Example {
  allowed: string;
}

/**
 * Comma-separated items, none by default, at most as many as fit into a Kubernetes object. The form
 * is the same on the command line, in the stack's file and in the environment.
 */
function listed<T>(about: About & { type: "list" | "map" }, parse: (items: string[]) => T | undefined) {
  return {
    ...about,
    default: "",
    parse(value: string) {
      const items = value.split(",").map((one) => one.trim());
      const given = items.filter((one) => one !== "");
      return given.length <= 500 ? parse(given) : undefined;
    },
  };
}

/** Texts that match a pattern. */
export function list({ item, ...about }: About & { item: RegExp }) {
  return listed<readonly string[]>({ ...about, type: "list" }, (items) =>
    items.every((one) => item.test(one)) ? items : undefined,
  );
}

/** `name=text`. */
export function mapping({ key, value, ...about }: About & { key: RegExp; value: RegExp }) {
  return listed<Readonly<Record<string, string>>>({ ...about, type: "map" }, (items) => {
    const found = pairs(items, key, value);
    return found && Object.fromEntries(found);
  });
}

/** `name=text`. A repeated name collects its texts in order. */
export function lists({ key, value, ...about }: About & { key: RegExp; value: RegExp }) {
  return listed<Readonly<Record<string, readonly string[]>>>({ ...about, type: "map" }, (items) => {
    const found = pairs(items, key, value);
    const named = Map.groupBy(found ?? [], ([name]) => name);
    return found && Object.fromEntries([...named].map(([name, all]) => [name, all.map(([, one]) => one)]));
  });
}

/** The names and texts of `name=text`. Undefined if one does not match its pattern. */
function pairs(items: readonly string[], key: RegExp, value: RegExp): [string, string][] | undefined {
  const found = items.map((item): [string, string] => {
    const at = Math.max(item.indexOf("="), 0);
    return [item.slice(0, at), item.slice(at + 1)];
  });
  return found.every(([name, one]) => key.test(name) && value.test(one)) ? found : undefined;
}

/** An entry of a pod's `tolerations`. */
export interface Toleration {
  readonly key?: string;
  readonly operator: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: string;
}

/** The parts of the stack for which `resources` can set requests and limits. */
export const parts = [
  "server",
  "load",
  "prometheus",
  "alertmanager",
  "pushgateway",
  "kube-state-metrics",
  "node-exporter",
  "loki",
  "promtail",
  "grafana",
] as const;

export type Part = (typeof parts)[number];

/** A container's `resources`. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits?: { readonly cpu: string; readonly memory: string };
}

const labelName = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
const dnsName = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*";
const labelKey = `(?:${dnsName}/)?${labelName}`;

/** Excludes labels by which Services and Deployments select their pods. */
const selecting = "(?!app\\.kubernetes\\.io/|helm\\.sh/|(?:app|component|release|name|chart|heritage)$)";

/** Excludes annotations that the stack itself sets. */
const reserved = "(?!prometheus\\.io/|latency-lab/|pulumi\\.com/)";

const labelValue = new RegExp(`^(?:${labelName})?$`);
const objectName = `${dnsName.replaceAll("61", "251")}`;

export const podLabel = {
  key: new RegExp(`^${selecting}${labelKey}$`),
  value: labelValue,
  allowed:
    "KEY=VALUE separated by commas, valid Kubernetes labels, except those that select pods, such as app.kubernetes.io/name",
};

export const podAnnotation = {
  key: new RegExp(`^${reserved}${labelKey}$`),
  value: /^[^\p{Cc}\p{Cs}\u2028\u2029{}]{0,500}$/u,
  allowed: "KEY=VALUE separated by commas, valid Kubernetes annotations, without braces",
};

export const nodeLabel = {
  key: new RegExp(`^${labelKey}$`),
  value: labelValue,
  allowed: "KEY=VALUE separated by commas, valid Kubernetes labels",
};

/** The name of an object of a kind. */
export const nameOf = (kind: string) => ({
  pattern: new RegExp(`^${objectName}$`),
  allowed: `the name of a ${kind}`,
});

export const secretReference = {
  pattern: new RegExp(`^(?:${dnsName}/)?${objectName}$`),
  allowed: "NAME, or NAMESPACE/NAME",
};

export function tolerations(about: Example) {
  const allowed =
    "taints in the form of `kubectl taint`, KEY[=VALUE][:EFFECT], separated by commas, or `*` for any taint";
  return listed<readonly Toleration[]>({ ...about, type: "list", allowed }, (items) => {
    const found = items.map(toleration);
    return found.every((one) => one !== undefined) ? found : undefined;
  });
}

function toleration(item: string): Toleration | undefined {
  const [, key, value, effect] =
    new RegExp(`^(\\*|${labelKey})(?:=(${labelName})?)?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$`).exec(
      item,
    ) ?? [];
  if (key === undefined || (key === "*" && item.includes("="))) return undefined;
  return {
    ...(key === "*" ? {} : { key }),
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

const quantity = "\\d{1,9}(?:\\.\\d{1,3})?(?:m|[kMGT]i?)?";

/** `100m/256Mi`, or with limits `100m/256Mi-1/1Gi`. */
const cpuAndMemory = new RegExp(`^(${quantity})/(${quantity})(?:-(${quantity})/(${quantity}))?$`);

function amounts(item: string): Resources {
  const [, cpu = "", memory = "", maxCpu, maxMemory] = cpuAndMemory.exec(item) ?? [];
  const limits = maxCpu && maxMemory ? { limits: { cpu: maxCpu, memory: maxMemory } } : {};
  return { requests: { cpu, memory }, ...limits };
}

export function resources(about: Example) {
  const allowed = `PART=CPU/MEMORY, or PART=CPU/MEMORY-CPU/MEMORY with limits, separated by commas; a part is \`*\` (every part) or one of ${parts.join(", ")}`;
  const key = new RegExp(`^(\\*|${parts.join("|")})$`);
  return listed<Readonly<Partial<Record<Part, Resources>>>>({ ...about, type: "map", allowed }, (items) => {
    const named = pairs(items, key, cpuAndMemory)?.flatMap(([part, text]) =>
      (part === "*" ? parts : [part]).map((one) => [one, amounts(text)] as const),
    );
    return named && Object.fromEntries(named);
  });
}
