import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The settings of the Docker command line that latency-lab uses. */
export interface DockerConfig {
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly proxies?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The folder of `config.json`, contexts and plugins. */
export function dockerConfigFolder(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

/** Empty if the file is missing or can't be read: Docker itself only warns. */
export function dockerConfig(): DockerConfig {
  try {
    return (JSON.parse(readFileSync(join(dockerConfigFolder(), "config.json"), "utf8")) ??
      {}) as DockerConfig;
  } catch {
    return {};
  }
}
