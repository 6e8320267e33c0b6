import type { RequiredSetting } from "../../service/src/settings/kinds.ts";

interface About {
  description: string;
  allowed: string;
  example: string;
}

/** More would not fit into an object of a cluster. */
const most = 500;

/**
 * Texts separated by commas, empty by default, at most 500: one form for the command line,
 * the stack's file and the environment.
 */
export function list(about: About & { item: RegExp }): RequiredSetting<readonly string[]> & About {
  const { item, ...rest } = about;
  return {
    ...rest,
    type: "list",
    default: "",
    parse(text) {
      const items = separated(text);
      return items.length <= most && items.every((one) => item.test(one)) ? items : undefined;
    },
  };
}

/** `name=text` separated by commas, empty by default; a name given twice has both texts, in order. */
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
      if (pairs.length > most) return undefined;
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

function separated(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
