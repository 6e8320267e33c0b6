import { optional, type RequiredSetting, text } from "../../service/src/setting-kinds.ts";

// Patterns of values. Docker, Helm or Kubernetes would reject a wrong value only after half of the stack exists.

/** Such as `registry.example:5000`. Grammar: https://github.com/distribution/reference */
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const host = `${label}(?:\\.${label})*`;
const port = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const pathPart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `host[:port][/path]` without a scheme: the beginning of an image name. */
export const imagePrefix = {
  pattern: new RegExp(`^(?=.{1,200}$)${host}(?::${port})?(?:/${pathPart})*$`),
  allowed: "host[:port][/path] without a scheme, such as registry.example.com/team",
};

export const image = {
  pattern: new RegExp(
    `^(?=.{1,400}$)(?:${host}(?::${port})?/)?${pathPart}(?:/${pathPart})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
  ),
  allowed: "an image reference such as node:24-slim",
};

/** Text without control characters, at most as long as a path can be. */
const oneLine = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,4096}$/u;

export const anyText = { pattern: oneLine, allowed: "one line of text" };

/** `host:port` of a Prometheus target, with an IPv6 address in brackets. */
export const target = new RegExp(`^(?=.{1,260}$)(?:${host}|\\[[0-9a-f:.]{2,45}\\]):${port}$`, "i");

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

interface Example {
  description: string;
  example: string;
}

/** A setting without a default. Messages and documents show the example. */
export function unset<T>(
  { example, description }: Example,
  kind: (about: { default: string; description: string }) => RequiredSetting<T>,
) {
  return { ...optional(kind({ default: "", description })), example };
}

/** A text without a default: one line, unless it has a pattern. */
export function unsetText({ pattern, allowed, ...about }: Example & { pattern?: RegExp; allowed?: string }) {
  const form = { pattern: pattern ?? anyText.pattern, allowed: allowed ?? anyText.allowed };
  return unset(about, (one) => text(one, form));
}

interface About extends Example {
  allowed: string;
}

/**
 * Comma-separated items, none by default, at most as many as fit into a Kubernetes object. The form
 * is the same on the command line, in the stack's file and in the environment.
 */
export function listed<T>(
  about: About & { type: "list" | "map" },
  parse: (items: string[]) => T | undefined,
): RequiredSetting<T> & About {
  return {
    ...about,
    default: "",
    parse(value) {
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
export function pairs(items: readonly string[], key: RegExp, value: RegExp): [string, string][] | undefined {
  const found = items.map((item): [string, string] => {
    const at = Math.max(item.indexOf("="), 0);
    return [item.slice(0, at), item.slice(at + 1)];
  });
  return found.every(([name, one]) => key.test(name) && value.test(one)) ? found : undefined;
}
