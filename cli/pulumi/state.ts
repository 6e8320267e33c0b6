import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";

/** How a state marks a secret: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A resource in a stack's state, as far as the repairs look at it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly deletedWith?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Why it is not ready yet, as its provider said. */
  readonly initErrors?: readonly string[];
}

/** A stack's state as Pulumi exports it. */
export class State {
  readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  get resources(): StateResource[] {
    return this.deployment.deployment?.resources ?? [];
  }

  /** What a run had begun and not ended when it was cut off. */
  get pendingOperations(): { type: string; resource: StateResource }[] {
    return this.deployment.deployment?.pending_operations ?? [];
  }

  find(type: string, name?: string): StateResource | undefined {
    return this.resources.find((one) => one.type === type && (!name || one.urn.endsWith(`::${name}`)));
  }

  /** The same state without some resources, whatever hung on them, and anything pending. */
  without(gone: (resource: StateResource) => boolean): Deployment {
    const lost = new Set<string>();
    const providerOf = (resource: StateResource) => resource.provider?.replace(/::[^:]*$/, "") ?? "";
    // Resources are kept in the order in which they depend on each other.
    const kept = this.resources.filter((resource) => {
      const away = gone(resource) || lost.has(resource.deletedWith ?? "") || lost.has(providerOf(resource));
      if (away) lost.add(resource.urn);
      return !away;
    });
    const { deployment } = this.deployment;
    const resources = kept.map((one) => withoutDependencies(one, lost));
    return { ...this.deployment, deployment: { ...deployment, resources, pending_operations: [] } };
  }

  /** The same state with another input of one resource; a secret, as Pulumi takes it in. */
  withSecretInput(urn: string, key: string, value: string): Deployment {
    const { deployment } = this.deployment;
    const secret = { [signature]: secretSignature, plaintext: JSON.stringify(value) };
    const resources = this.resources.map((one) =>
      one.urn === urn
        ? { ...one, inputs: { ...one.inputs, [key]: secret }, outputs: { ...one.outputs, [key]: secret } }
        : one,
    );
    return { ...this.deployment, deployment: { ...deployment, resources } };
  }

  /** The same state with a resource that Pulumi shall not take for ready: it updates it, and waits. */
  withInitError(urn: string, reason: string): Deployment {
    const { deployment } = this.deployment;
    const resources = this.resources.map((one) => (one.urn === urn ? { ...one, initErrors: [reason] } : one));
    return { ...this.deployment, deployment: { ...deployment, resources } };
  }
}

/** The value of a secret in an exported state; undefined if it is something else, or still encrypted. */
export function secretValue(value: unknown): unknown {
  const { [signature]: mark, plaintext } = (value ?? {}) as Record<string, unknown>;
  return mark === secretSignature && typeof plaintext === "string" ? JSON.parse(plaintext) : undefined;
}

/** Pulumi refuses a state in which something depends on what is not there. */
function withoutDependencies(resource: StateResource, lost: ReadonlySet<string>): StateResource {
  const { dependencies, propertyDependencies } = resource;
  const left = (urns: readonly string[] | null | undefined) => urns?.filter((urn) => !lost.has(urn)) ?? [];
  return {
    ...resource,
    ...(dependencies ? { dependencies: left(dependencies) } : {}),
    ...(propertyDependencies
      ? {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([property, urns]) => [property, left(urns)]),
          ),
        }
      : {}),
  };
}

/** Removes the copies of a stack's state that Pulumi keeps when it removes the stack: they hold its secrets. */
export function removeCheckpoints(backend: string | undefined, project: string, stack: string): void {
  if (backend === undefined) return;
  const folder = join(backend, ".pulumi");
  for (const kept of ["backups", "history"]) {
    rmSync(join(folder, kept, project, stack), { recursive: true, force: true });
  }
  const file = join(folder, "stacks", project, `${stack}.json`);
  for (const copy of [`${file}.bak`, `${file}.bak.attrs`]) rmSync(copy, { force: true });
}
