import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { BrokenHelper } from "../../stack/preflight/credentials.ts";
import { dockerConfig, dockerConfigFolder } from "../../stack/preflight/docker-config.ts";
import { ensureStateDir } from "../pulumi/paths.ts";

/** A credential helper without any login. */
const helper = `#!/bin/sh
[ "$1" = list ] && { echo '{}'; exit 0; }
echo "credentials not found in native keychain"
exit 1
`;

/**
 * Gives Pulumi's provider Docker settings without the broken helpers. The provider needs no login
 * here, but it calls every helper and fails if one fails.
 */
export function withoutHelpers(broken: readonly BrokenHelper[]): void {
  const { credsStore, credHelpers = {}, ...config } = dockerConfig();
  const from = dockerConfigFolder();
  const folder = join(ensureStateDir(), "docker");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  for (const kept of ["contexts", "cli-plugins"]) {
    if (existsSync(join(from, kept))) symlinkSync(join(from, kept), join(folder, kept));
  }
  const program = join(folder, "docker-credential-none");
  writeFileSync(program, helper);
  chmodSync(program, 0o700);
  const storeIsBroken = broken.some(({ registry }) => registry === undefined);
  const working = Object.entries(credHelpers).filter(
    ([name]) => !broken.some(({ registry }) => registry === name),
  );
  const text = JSON.stringify({
    ...config,
    // Without a store, the provider would look for a default one.
    credsStore: storeIsBroken ? "none" : credsStore,
    credHelpers: Object.fromEntries(working),
  });
  writeFileSync(join(folder, "config.json"), text, { mode: 0o600 });
  process.env.DOCKER_CONFIG = folder;
  process.env.PATH = `${folder}${delimiter}${process.env.PATH ?? ""}`;
}
