import type { DashboardModel, VariableModel } from "./model.ts";

/** Replaces a dashboard's variables by their current values; Grafana's own `$__…` stay. */
export function fillIn(text: string, { templating }: Pick<DashboardModel, "templating">): string {
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced: string | undefined, plain: string | undefined) => {
      const name = braced ?? plain ?? "";
      const variable = templating.list.find((one) => one.name === name);
      if (variable === undefined) {
        if (name.startsWith("__")) return whole;
        throw new Error(`there is no variable ${name}`);
      }
      return currentValue(variable);
    },
  );
}

function currentValue({ type, current, allValue, query }: VariableModel): string {
  const value = current?.value ?? query ?? "";
  if (type !== "query") return String(value);
  const values = Array.isArray(value) ? value : [String(value)];
  if (values.includes("$__all")) return allValue ?? ".*";
  const escaped = values.map((one: string) => one.replace(/[\\^$*+?.()|[\]{}]/g, "\\\\$&"));
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}
