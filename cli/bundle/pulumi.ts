import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Copies the provider plugins in the SDKs' versions, for `~/.pulumi/plugins` of a machine without
 * internet access. Returns their names.
 */
export function bundlePlugins(root: string, folder: string): string[] {
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  return ["kubernetes", "docker"].flatMap((name) => {
    const file = join(root, "node_modules", "@pulumi", name, "package.json");
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    const plugin = `resource-${name}-v${version}`;
    if (!existsSync(join(plugins, plugin))) return [];
    mkdirSync(folder, { recursive: true });
    cpSync(join(plugins, plugin), join(folder, plugin), { recursive: true });
    return [plugin];
  });
}
