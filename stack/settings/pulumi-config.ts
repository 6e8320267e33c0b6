import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import type { RawSettings } from "./read.ts";

const prefix = "latency-lab:";

/**
 * The stack's configuration as Pulumi hands it to the program. Read as a whole,
 * so that keys nobody reads can be told from those somebody misspelt.
 */
export function rawSettings(): RawSettings {
  const entries = Object.entries(allConfig() as Record<string, string>)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return Object.fromEntries(entries);
}

/** Whether the stack keeps a setting encrypted, as Pulumi tells the programs that it starts. */
export function isEncrypted(key: string): boolean {
  const keys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return keys.includes(`${prefix}${key}`);
}
