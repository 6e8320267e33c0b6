import { UserError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";
import { fetchUsesProxies, hasProxy } from "./proxy.ts";

/** Checks that the registry answers; the push would fail only after the image was built. */
export async function checkRegistry({
  cluster,
  registry,
}: Pick<Settings, "cluster" | "registry">): Promise<void> {
  if (cluster === "local" || registry === undefined) return;
  if (hasProxy() && !fetchUsesProxies()) return; // The engine has its own proxy settings.
  const host = registry.split("/")[0];
  const failures: string[] = [];
  for (const scheme of ["https", "http"]) {
    try {
      // Any response will do: 401 asks for the login that the push sends.
      await fetch(`${scheme}://${host}/v2/`, { signal: AbortSignal.timeout(8000) });
      return;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { message?: string } };
      failures.push(cause?.message ?? message);
    }
  }
  throw new UserError({
    what: `registry = "${registry}" does not answer`,
    why: failures.at(-1) ?? "",
    fix: "npm run up -- --config registry=HOST[:PORT]/PATH",
  });
}
