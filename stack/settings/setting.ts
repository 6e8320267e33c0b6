import type { Setting as ServerSetting } from "../../service/src/settings/kinds.ts";

/** A setting of the stack: one of the server's kinds, and what a configuration file needs beside it. */
export interface Setting<T = unknown> extends ServerSetting<T> {
  /** A value to show in the command that mends a wrong one. @default the setting's default */
  readonly example?: string;
  /** Kept encrypted by Pulumi; never read as text. */
  readonly secret?: true;
}

/** Pulumi's type of a setting, which it checks in the stack's file as well. */
export function pulumiType({ type }: Setting): "integer" | "boolean" | "string" {
  return type === "integer" || type === "boolean" ? type : "string";
}
