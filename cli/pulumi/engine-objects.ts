import { dockerLines } from "../../stack/docker.ts";
import { UserError } from "../../stack/errors.ts";
import { containerLabels, type Plan } from "../../stack/plan.ts";
import type { State } from "./state.ts";

/** Every stage of the server's Dockerfile has this label. */
const isBuilt = ["--filter", "label=latency-lab.image=delayed-server"];

/**
 * Removes leftovers of the image build from the engine, which Pulumi never does: the stack's tag,
 * and unused layers and containers of builds. Pulled images stay.
 */
export async function removeBuiltImages(tag: string): Promise<string[]> {
  const removed: string[] = [];
  if ((await dockerLines("image", "ls", "--quiet", tag)).length > 0) {
    await dockerLines("image", "rm", "--force", tag);
    removed.push(`image ${tag}`);
  }
  const ended = ["created", "exited"].flatMap((status) => ["--filter", `status=${status}`]);
  const containers = await dockerLines("ps", "--all", "--quiet", ...isBuilt, ...ended);
  if (containers.length > 0) {
    await dockerLines("rm", ...containers);
    removed.push(`${containers.length} containers of the image's build`);
  }
  await dockerLines("image", "prune", "--force", ...isBuilt);
  return removed;
}

interface EngineObject {
  readonly kind: keyof typeof kinds;
  readonly id: string;
  readonly name: string;
  /** The folder of the project that created it. */
  readonly project: string;
  /** A container's state: `running`, `exited` … */
  readonly state: string;
}

const kinds = {
  container: {
    list: ["container", "ls", "--all"],
    fields: "{{.Names}}\t{{.State}}",
    remove: ["rm", "--force", "--volumes"],
  },
  network: { list: ["network", "ls"], fields: "{{.Name}}\t", remove: ["network", "rm"] },
} as const;

/** The containers and networks of a stack's local cluster, by their labels. */
export async function engineObjects({ names }: Pick<Plan, "names">): Promise<EngineObject[]> {
  const { partOf, instance, project } = containerLabels;
  const labels = [`${partOf}=latency-lab`, `${instance}=${names.instance}`];
  const filters = labels.flatMap((label) => ["--filter", `label=${label}`]);
  const listed = await Promise.all(
    (["container", "network"] as const).map(async (kind) => {
      const { list, fields } = kinds[kind];
      const format = `{{.ID}}\t{{.Label "${project}"}}\t${fields}`;
      const lines = await dockerLines(...list, "--no-trunc", ...filters, "--format", format);
      return lines.map((line) => {
        const [id = "", project = "", name = "", state = ""] = line.split("\t");
        return { kind, id, name, project, state };
      });
    }),
  );
  return listed.flat();
}

/** Throws if one of them belongs to another project's folder, because this project needs its name. */
export function refuseOtherProjects(objects: readonly EngineObject[], { root, stack }: Plan): void {
  const others = objects.find(({ project }) => project !== root);
  if (others === undefined) return;
  throw new UserError(
    {
      what: `the ${others.kind} ${others.name} already exists`,
      why: `latency-lab in ${others.project} created it for its stack ${stack}`,
      fix: `cd ${others.project} && npm run down -- --stack ${stack}   (or here: npm run up -- --stack OTHER)`,
    },
    "readiness",
  );
}

/** Throws if this project's folder created some of them and no killed run left them: their state may be in another backend. */
export function refuseOtherBackends(objects: readonly EngineObject[], { root, stack }: Plan): void {
  const own = objects.filter(({ project }) => project === root);
  const [first] = own;
  if (first === undefined) return;
  const commands = own.map(({ kind, name }) => `docker ${kinds[kind].remove.join(" ")} ${name}`);
  throw new UserError(
    {
      what: `the ${first.kind} ${first.name} exists, but is not in the state of the stack ${stack}`,
      why: "this project created it while another backend was in use, or its state is lost",
      fix: `pulumi login BACKEND   (the one of that time; or, to delete it: ${commands.join(" && ")})`,
    },
    "readiness",
  );
}

/** Removes containers and networks that a killed run created but did not record in the state. */
export async function removeObjects(objects: readonly EngineObject[]): Promise<string[]> {
  for (const { kind, id } of objects) await dockerLines(...kinds[kind].remove, id);
  return objects.map(({ kind, name }) => `${kind} ${name}`);
}

/** Starts stopped containers of a stack's local cluster. */
export async function startStopped(objects: readonly EngineObject[], state: State): Promise<string[]> {
  const known = new Set(state.resources.map((one) => one.id));
  const stopped = objects.filter((one) => known.has(one.id) && one.state === "exited");
  for (const { id } of stopped) await dockerLines("start", id);
  return stopped.map(({ name }) => `container ${name}, which was stopped`);
}
