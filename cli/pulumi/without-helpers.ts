import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { dockerConfig, dockerConfigFolder } from "../../stack/preflight/docker-config.ts";
import { ensureStateDir } from "./paths.ts";

/** A credential helper without any login. Without a store, the provider would look for a default one. */
const helper = `#!/bin/sh
[ "$1" = list ] && { echo '{}'; exit 0; }
echo "credentials not found in native keychain"
exit 1
`;

/**
 * Gives Pulumi's provider Docker settings without credential helpers. The provider needs no login
 * here, but it calls every helper and fails if one fails.
 */
export function withoutHelpers(): void {
  const { credHelpers: _, ...config } = dockerConfig();
  const from = dockerConfigFolder();
  const folder = join(ensureStateDir(), "docker");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  for (const kept of ["contexts", "cli-plugins"]) {
    if (existsSync(join(from, kept))) symlinkSync(join(from, kept), join(folder, kept));
  }
  writeFileSync(join(folder, "docker-credential-none"), helper, { mode: 0o700 });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, credsStore: "none" }), {
    mode: 0o600,
  });
  process.env.DOCKER_CONFIG = folder;
  process.env.PATH = `${folder}${delimiter}${process.env.PATH ?? ""}`;
}
