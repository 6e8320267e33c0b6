/** Something of a stack that is not as it should be yet, and why, in the cluster's own words. */
export interface Wait {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What stays the same while the reason's words change: a pull that fails is ErrImagePull and ImagePullBackOff by turns. */
  readonly state: WaitState;
  /** As the cluster has it: `ImagePullBackOff`, `Unschedulable`, `FailedCreate` … */
  readonly reason: string;
  readonly message: string;
  /** Seconds of this state after which nobody expects it to end by itself. Undefined: it may. */
  readonly hopelessAfter?: number | undefined;
  /** Of a container that ends again and again: where its last lines are. */
  readonly crashed?: { readonly container: string; readonly runs: boolean; readonly restarts: number };
  /** Whether a stack can be up while this lasts. @default false */
  readonly harmless?: boolean;
}

type WaitState =
  | "deleted"
  | "not created"
  | "unbound"
  | "unscheduled"
  | "image"
  | "configuration"
  | "crash"
  | "starting"
  | "not ready"
  | "ending"
  | "rolling out"
  | "scaling";

/** How long a state that does not end by itself is given: some do, as when a registry answers at the third try. */
export const hopelessSeconds = 45;

/** The same for states that a cluster often gets out of: a node that joins, a network that is set up. */
export const slowSeconds = 300;
