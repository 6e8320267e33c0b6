/** An object of a stack that is not ready yet, with the cluster's reason. */
export interface Wait {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Stays the same while the reason changes: a failing pull alternates between ErrImagePull and ImagePullBackOff. */
  readonly state: WaitState;
  /** The cluster's reason: `ImagePullBackOff`, `Unschedulable`, `FailedCreate` … */
  readonly reason: string;
  readonly message: string;
  /** Seconds after which this state will not end by itself. Undefined: it can end at any time. */
  readonly hopelessAfter?: number | undefined;
  /** For a container that keeps ending: where its last log lines are. */
  readonly crashed?: { readonly container: string; readonly runs: boolean; readonly restarts: number };
  /** Whether the stack counts as up in spite of this. @default false */
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

/** When to give up on a state that rarely ends by itself, such as a registry that answers only at the third try. */
export const hopelessSeconds = 45;

/** When to give up on a state that often ends by itself, such as a node that is joining. */
export const slowSeconds = 300;
