import type { Problem } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { EngineFailure } from "./engine.ts";
import { goesOn, indented } from "./text.ts";

/** What the Docker engine, or a registry through it, answered. */
export function dockerProblem({ type, name, message }: EngineFailure, plan: Plan): Problem | undefined {
  if (type === "docker:index/image:Image") return imageProblem(message, plan);
  // The engine pulls what the local cluster runs on.
  if (type === "docker:index/remoteImage:RemoteImage") return limitProblem(message);
  if (type === "docker:index/container:Container") return containerProblem(name, message);
  return undefined;
}

function imageProblem(message: string, { settings }: Plan): Problem {
  const { registry, nodeImage, baseImage } = settings;
  const host = registry?.split("/")[0] ?? "REGISTRY";
  const why = indented(message);
  if (/server gave HTTP response to HTTPS client/.test(message)) {
    return {
      what: `registry = "${registry}" speaks HTTP, and the Docker engine expects HTTPS`,
      why: "an engine pushes without TLS only to addresses it is told are insecure",
      fix: `add "insecure-registries": ["${host}"] to the engine's daemon.json`,
    };
  }
  const limit = limitProblem(message);
  if (limit) return limit;
  if (/failed to resolve source metadata|pull access denied|manifest unknown/.test(message)) {
    return {
      what: "an image that the server's image is built from can't be pulled",
      why,
      fix: `see that the engine can: docker pull ${nodeImage}   (settings nodeImage, baseImage = ${baseImage}, imageMirror)`,
    };
  }
  if (
    registry !== undefined &&
    /unauthorized|denied|no basic auth credentials|authentication required/i.test(message)
  ) {
    return {
      what: `registry = "${registry}" refuses the push`,
      why,
      fix: `docker login ${host}   (or: npm run up -- --config registryUsername=USER, and npm run secret -- registryPassword)`,
    };
  }
  return { what: "the image of the delayed server was not built and pushed", why, fix: goesOn("up") };
}

/** The code with which a registry refuses (https://distribution.github.io/distribution/spec/api/#errors-2). */
function limitProblem(message: string): Problem | undefined {
  if (!/toomanyrequests|429 Too Many Requests/.test(message)) return undefined;
  return {
    what: "a registry limits how much may be pulled from it",
    why: indented(message),
    fix: "docker login, or wait, or set imageMirror (registryMirrors for a local cluster)",
  };
}

function containerProblem(name: string, message: string): Problem | undefined {
  const [, port] = /Bind for [^\s]*:(\d+) failed: port is already allocated/.exec(message) ?? [];
  if (port === undefined)
    return { what: `container ${name} failed`, why: indented(message), fix: goesOn("up") };
  return {
    what: `port ${port} is taken on this machine`,
    why: "another container publishes it",
    fix: "npm run up   (says whose it is, and which is free)",
  };
}
