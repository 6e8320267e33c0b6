import { rmSync } from "node:fs";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import type { Versions } from "../../stack/monitoring/versions.ts";
import type { Plan } from "../../stack/plan.ts";
import { stateFiles } from "./paths.ts";

/** The marks of a secret in a state: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
export const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The fields of a resource in a stack's state that the repairs use. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly provider?: string;
  readonly deletedWith?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Why it is not ready yet, according to its provider. Pulumi updates it and waits for it. */
  readonly initErrors?: readonly string[];
}

/** A stack's exported state. */
export class State {
  readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  get resources(): StateResource[] {
    return this.deployment.deployment?.resources ?? [];
  }

  /** Operations that a run had not finished when it was interrupted. */
  get pendingOperations(): unknown[] {
    return this.deployment.deployment?.pending_operations ?? [];
  }

  /** The container of the local cluster's node. */
  get node(): StateResource | undefined {
    return this.find("docker:index/container:Container", "node");
  }

  get release(): StateResource | undefined {
    return this.find("kubernetes:helm.sh/v3:Release");
  }

  find(type: string, name?: string): StateResource | undefined {
    return this.resources.find((one) => one.type === type && (!name || one.urn.endsWith(`::${name}`)));
  }

  /** The state without some resources, the resources deleted with them, and pending operations. */
  without(gone: (resource: StateResource) => boolean): State {
    const lost = new Set<string>();
    const providerOf = (resource: StateResource) => resource.provider?.replace(/::[^:]*$/, "") ?? "";
    // Resources are in order of dependency.
    const kept = this.resources.filter((resource) => {
      const isLost = gone(resource) || lost.has(resource.deletedWith ?? "") || lost.has(providerOf(resource));
      if (isLost) lost.add(resource.urn);
      return !isLost;
    });
    // Pulumi refuses dependencies on missing resources, and needs the others to know what to replace together.
    const known = (urns: readonly string[] | null = []) => (urns ?? []).filter((urn) => !lost.has(urn));
    const resources = kept.map(({ dependencies, propertyDependencies = {}, ...one }) => ({
      ...one,
      dependencies: known(dependencies),
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([key, urns]) => [key, known(urns)]),
      ),
    }));
    return this.#with({ resources, pending_operations: [] });
  }

  /** The state with changed fields of one resource. */
  changed(urn: string, fields: Partial<StateResource>): State {
    return this.#with({
      resources: this.resources.map((one) => (one.urn === urn ? { ...one, ...fields } : one)),
    });
  }

  #with(changes: object): State {
    return new State({ ...this.deployment, deployment: { ...this.deployment.deployment, ...changes } });
  }
}

/** What replaces the running release if the setting `versions` was changed; else undefined. */
export function changedVersions(
  state: State | undefined,
  { settings }: Pick<Plan, "settings">,
): { from: Versions; to: Versions } | undefined {
  if (state?.release === undefined) return undefined;
  const { loki } = (state.release.inputs?.values ?? {}) as { loki?: { deploymentMode?: string } };
  const from = loki?.deploymentMode === undefined ? "chart" : "maintained";
  return from === settings.versions ? undefined : { from, to: settings.versions };
}

export function secretOf(value: unknown): unknown {
  return { [signature]: secretSignature, plaintext: JSON.stringify(value) };
}

/** The value of a secret in an exported state; undefined if it is not a secret, or is encrypted. */
export function secretValue(value: unknown): unknown {
  const { [signature]: mark, plaintext } = (value ?? {}) as Record<string, unknown>;
  return mark === secretSignature && typeof plaintext === "string" ? JSON.parse(plaintext) : undefined;
}

/** Removes the copies of the state that Pulumi keeps after it removes a stack, because they contain secrets. */
export function removeCheckpoints(backend: string | undefined, stack: string): void {
  if (backend === undefined) return;
  const { state, backups, history } = stateFiles(backend, stack);
  for (const path of [backups, history, `${state}.bak`, `${state}.bak.attrs`])
    rmSync(path, { recursive: true, force: true });
}
