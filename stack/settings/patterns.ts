import { optional, type RequiredSetting } from "../../service/src/settings/kinds.ts";

// Patterns of values. Docker, Helm or Kubernetes would reject a wrong value only after half of the stack exists.

/** Such as `registry.example:5000`. Grammar: https://github.com/distribution/reference */
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const host = `${label}(?:\\.${label})*`;
const port = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const pathPart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `host[:port][/path]` without a scheme: the beginning of an image name. */
export const imagePrefix = new RegExp(`^(?=.{1,200}$)${host}(?::${port})?(?:/${pathPart})*$`);

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

interface About {
  description: string;
  allowed: string;
  example: string;
}

/** More would not fit into a Kubernetes object. */
const maxItems = 500;

/**
 * Comma-separated texts, empty by default, at most 500. The form is the same on the command line,
 * in the stack's file and in the environment.
 */
export function list(about: About & { item: RegExp }): RequiredSetting<readonly string[]> & About {
  const { item, ...rest } = about;
  return {
    ...rest,
    type: "list",
    default: "",
    parse(text) {
      const items = separated(text);
      return items.length <= maxItems && items.every((one) => item.test(one)) ? items : undefined;
    },
  };
}

/** A setting without a default. Messages and documents show the example. */
export function unset<T>(
  { example, description }: { example: string; description: string },
  kind: (about: { default: string; description: string }) => RequiredSetting<T>,
) {
  return { ...optional(kind({ default: "", description })), example };
}

/** Comma-separated `name=text`, empty by default. A repeated name collects its texts in order. */
export function lists(
  about: About & { key: RegExp; item: RegExp },
): RequiredSetting<Readonly<Record<string, readonly string[]>>> & About {
  const { key, item, ...rest } = about;
  return {
    ...rest,
    type: "map",
    default: "",
    parse(text) {
      const result = new Map<string, string[]>();
      const pairs = separated(text);
      if (pairs.length > maxItems) return undefined;
      for (const pair of pairs) {
        const at = pair.indexOf("=");
        const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
        if (at < 1 || !key.test(name) || !item.test(value)) return undefined;
        result.set(name, [...(result.get(name) ?? []), value]);
      }
      return Object.fromEntries(result);
    },
  };
}

/** Comma-separated `name=text`, empty by default. The text can be empty. */
export function mapping(
  about: About & { key: RegExp; value: RegExp },
): RequiredSetting<Readonly<Record<string, string>>> & About {
  const { key, value, ...rest } = about;
  return {
    ...rest,
    type: "map",
    default: "",
    parse(text) {
      const pairs = separated(text).map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)] as const;
      });
      const isValid = pairs.every(([name, of]) => key.test(name) && value.test(of));
      return isValid && pairs.length <= maxItems ? Object.fromEntries(pairs) : undefined;
    },
  };
}

export function separated(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
