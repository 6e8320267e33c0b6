import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { EngineFailure } from "./engine.ts";
import { indented } from "./text.ts";

/** Explains an error of the Docker engine, or of a registry that it uses. */
export function dockerProblem(
  { type, name, message }: EngineFailure,
  plan: Plan,
  fix: string,
): Problem | undefined {
  const why = indented(message);
  if (type === "docker:index/image:Image") {
    const what = "the image of the delayed server was not built and pushed";
    return limitProblem(message) ?? imageProblem(message, why, plan) ?? { what, why, fix };
  }
  // The engine pulls the local cluster's images.
  if (type === "docker:index/remoteImage:RemoteImage") return limitProblem(message);
  if (type !== "docker:index/container:Container") return undefined;
  const [, port] = /Bind for [^\s]*:(\d+) failed: port is already allocated/.exec(message) ?? [];
  if (port === undefined) return { what: `container ${name} failed`, why, fix };
  return {
    what: `port ${port} is in use on this machine`,
    why: "another container publishes it",
    fix: "npm run up   (shows which container it is, and a free port)",
  };
}

function imageProblem(message: string, why: string, { settings }: Plan): Problem | undefined {
  const { registry, nodeImage, baseImage } = settings;
  const host = registry?.split("/")[0] ?? "REGISTRY";
  if (/server gave HTTP response to HTTPS client/.test(message)) {
    return {
      what: `registry = "${registry}" uses HTTP, but the Docker engine expects HTTPS`,
      why: "the engine pushes without TLS only to registries in its insecure-registries",
      fix: `add "insecure-registries": ["${host}"] to the engine's daemon.json`,
    };
  }
  if (/failed to resolve source metadata|pull access denied|manifest unknown/.test(message)) {
    return {
      what: "a base image of the server's image can't be pulled",
      why,
      fix: `check that the engine can pull it: docker pull ${nodeImage}   (settings nodeImage, baseImage = ${baseImage}, imageMirror)`,
    };
  }
  const refused = /unauthorized|denied|no basic auth credentials|authentication required/i;
  if (registry === undefined || !refused.test(message)) return undefined;
  return {
    what: `registry = "${registry}" refuses the push`,
    why,
    fix: `docker login ${host}   (or: npm run up -- --config registryUsername=USER, and npm run secret -- registryPassword)`,
  };
}

/** A registry's rate limit, by its error code (https://distribution.github.io/distribution/spec/api/#errors-2). */
function limitProblem(message: string): Problem | undefined {
  if (!/toomanyrequests|429 Too Many Requests/.test(message)) return undefined;
  return {
    what: "a registry's pull limit is reached",
    why: indented(message),
    fix: "docker login, or wait, or set imageMirror (registryMirrors for a local cluster)",
  };
}
