import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import { containerLabels } from "../../stack/plan.ts";
import { dockerConfig, dockerConfigFolder } from "../../stack/preflight/docker-config.ts";
import { ensureStateDir } from "../pulumi/paths.ts";
import type { State } from "../pulumi/state.ts";

/** Runs a Docker command, and returns the lines of its output. */
export async function docker(...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)("docker", args);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Every stage of the server's Dockerfile has this label. */
const isBuilt = ["--filter", "label=latency-lab.image=delayed-server"];

/**
 * Removes leftovers of the image build from the engine, which Pulumi never does: the stack's tag,
 * and unused layers and containers of builds. Pulled images stay.
 */
export async function removeBuiltImages(tag: string): Promise<string[]> {
  const removed: string[] = [];
  if ((await docker("image", "ls", "--quiet", tag)).length > 0) {
    await docker("image", "rm", "--force", tag);
    removed.push(`image ${tag}`);
  }
  const ended = ["created", "exited"].flatMap((status) => ["--filter", `status=${status}`]);
  const containers = await docker("ps", "--all", "--quiet", ...isBuilt, ...ended);
  if (containers.length > 0) {
    await docker("rm", ...containers);
    removed.push(`${containers.length} containers of the image's build`);
  }
  await docker("image", "prune", "--force", ...isBuilt);
  return removed;
}

interface EngineObject {
  readonly id: string;
  readonly name: string;
  /** The folder of the project that created it. */
  readonly project: string;
  /** A container's state: `running`, `exited` … */
  readonly state: string;
}

/** The engine's objects with the labels of a stack's local cluster. */
export async function engineObjects(
  kind: "container" | "network",
  { names }: Pick<Plan, "names">,
): Promise<EngineObject[]> {
  const { partOf, instance, project } = containerLabels;
  const labels = [`${partOf}=latency-lab`, `${instance}=${names.instance}`];
  const filters = labels.flatMap((label) => ["--filter", `label=${label}`]);
  const ofKind = kind === "container" ? "{{.Names}}\t{{.State}}" : "{{.Name}}\t";
  const format = `{{.ID}}\t{{.Label "${project}"}}\t${ofKind}`;
  const all = kind === "container" ? ["--all"] : [];
  const lines = await docker(kind, "ls", ...all, "--no-trunc", ...filters, "--format", format);
  return lines.map((line) => {
    const [id = "", project = "", name = "", state = ""] = line.split("\t");
    return { id, name, project, state };
  });
}

/**
 * Removes containers and networks that a killed run of this project created but did not record in
 * the state. Throws if nothing was `interrupted`, or if one belongs to another project's folder: their names are
 * needed, but another backend or project has their state.
 */
export async function removeUnknownContainers(
  { names, root, stack }: Plan,
  state: State,
  interrupted: boolean,
): Promise<string[]> {
  const known = new Set(state.resources.map((one) => one.id));
  const unknown = await Promise.all(
    (["container", "network"] as const).map(async (kind) => {
      const objects = (await engineObjects(kind, { names })).filter(({ id }) => !known.has(id));
      return objects.map((one) => ({ ...one, kind, remove: removal[kind] }));
    }),
  );
  const removals = unknown.flat();
  const others = removals.find(({ project }) => project !== root);
  if (others)
    throw new UserError({
      what: `the ${others.kind} ${others.name} already exists`,
      why: `latency-lab in ${others.project} created it for its stack ${stack}`,
      fix: `cd ${others.project} && npm run down -- --stack ${stack}   (or here: npm run up -- --stack OTHER)`,
    });
  const [first] = removals;
  const commands = removals.map(({ remove, name }) => `docker ${remove.join(" ")} ${name}`).join(" && ");
  if (first && !interrupted)
    throw new UserError({
      what: `the ${first.kind} ${first.name} already exists, but is not in the state of the stack ${stack}`,
      why: "this project created it while another backend was in use, or its state is lost",
      fix: `pulumi login BACKEND   (the one of that time; or, to delete it: ${commands})`,
    });
  for (const { remove, id } of removals) await docker(...remove, id);
  return removals.map(({ kind, name }) => `${kind} ${name}`);
}

const removal = { container: ["rm", "--force", "--volumes"], network: ["network", "rm"] };

/** Starts stopped containers of a stack's local cluster. */
export async function startStopped(containers: readonly EngineObject[], state: State): Promise<string[]> {
  const known = new Set(state.resources.map((one) => one.id));
  const stopped = containers.filter((one) => known.has(one.id) && one.state === "exited");
  for (const { id } of stopped) await docker("start", id);
  return stopped.map(({ name }) => `container ${name}, which was stopped`);
}

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
