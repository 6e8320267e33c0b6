import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { containerLabels } from "../../stack/cluster/labels.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";
import type { State } from "../pulumi/state.ts";

const exec = promisify(execFile);

/** Every stage of the server's Dockerfile has this label. */
const builtLabel = "label=latency-lab.image=delayed-server";

/**
 * Removes leftovers of the image build from the engine, which Pulumi never does: the stack's tag,
 * and unused layers and containers of builds. Pulled images stay.
 */
export async function removeBuiltImages(repositories: readonly string[], stack: string): Promise<string[]> {
  const removed: string[] = [];
  for (const repository of repositories) {
    const tag = `${repository}:${stack}`;
    if ((await lines(["image", "ls", "--quiet", tag])).length === 0) continue;
    await exec("docker", ["image", "rm", "--force", tag]);
    removed.push(`image ${tag}`);
  }
  const ended = ["created", "exited"].flatMap((status) => ["--filter", `status=${status}`]);
  const containers = await lines(["ps", "--all", "--quiet", "--filter", builtLabel, ...ended]);
  if (containers.length > 0) {
    await exec("docker", ["rm", ...containers]);
    removed.push(`${containers.length} containers of the image's build`);
  }
  await exec("docker", ["image", "prune", "--force", "--filter", builtLabel]);
  return removed;
}

async function lines(args: string[]): Promise<string[]> {
  const { stdout } = await exec("docker", args);
  return stdout.split("\n").filter((line) => line !== "");
}

/** A container or a network of a stack. */
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
  const { stdout } = await exec("docker", [
    kind,
    "ls",
    ...(kind === "container" ? ["--all"] : []),
    "--no-trunc",
    "--filter",
    `label=${containerLabels.partOf}=latency-lab`,
    "--filter",
    `label=${containerLabels.instance}=${names.instance}`,
    "--format",
    [
      "{{.ID}}",
      kind === "container" ? "{{.Names}}" : "{{.Name}}",
      `{{.Label "${containerLabels.project}"}}`,
      kind === "container" ? "{{.State}}" : "",
    ].join("\t"),
  ]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", name = "", project = "", state = ""] = line.split("\t");
      return { id, name, project, state };
    });
}

/**
 * Removes containers and networks that a killed run of this project created but did not record in
 * the state. Throws if one belongs to another project's folder: its name is needed.
 */
export async function removeUnknownContainers(plan: Plan, state: State): Promise<string[]> {
  const known = new Set(state.resources.map((one) => one.id));
  const removed: string[] = [];
  for (const kind of ["container", "network"] as const) {
    for (const object of await engineObjects(kind, plan)) {
      if (known.has(object.id)) continue;
      if (object.project !== plan.root) throw foreign(kind, object, plan);
      await exec("docker", [
        kind,
        "rm",
        ...(kind === "container" ? ["--force", "--volumes"] : []),
        object.id,
      ]);
      removed.push(`${kind} ${object.name}`);
    }
  }
  return removed;
}

/** Starts stopped containers of a stack's local cluster. */
export async function startStopped(containers: readonly EngineObject[], state: State): Promise<string[]> {
  const known = new Set(state.resources.map((one) => one.id));
  const stopped = containers.filter((one) => known.has(one.id) && one.state === "exited");
  for (const { id } of stopped) await exec("docker", ["start", id]);
  return stopped.map(({ name }) => `container ${name}, which was stopped`);
}

function foreign(kind: string, { name, project }: EngineObject, { stack }: Plan): UserError {
  return new UserError({
    what: `the ${kind} ${name} already exists`,
    why: `latency-lab in ${project} created it for its stack ${stack}`,
    fix: `cd ${project} && npm run down -- --stack ${stack}   (or here: npm run up -- --stack OTHER)`,
  });
}
