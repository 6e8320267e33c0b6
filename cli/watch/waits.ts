import { autoscalerWaits } from "./autoscalers.ts";
import { claimWaits } from "./claims.ts";
import { byObject } from "./events.ts";
import { namespaceWaits } from "./namespaces.ts";
import { podWaits } from "./pods.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Wait } from "./wait.ts";
import { workloadWaits } from "./workloads.ts";

/** Everything that a stack's namespaces wait for, causes before consequences. */
export function waitsOf(snapshot: Snapshot, now = Date.now()): Wait[] {
  const events = byObject(snapshot.events);
  const all = [
    ...namespaceWaits(snapshot.namespaces),
    ...claimWaits(snapshot.claims, events),
    ...podWaits(snapshot.pods, events, now),
    ...workloadWaits(snapshot, events),
    ...autoscalerWaits(snapshot.autoscalers),
  ];
  return all.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ state, hopelessAfter }: Wait): number {
  if (state === "rolling out" || state === "scaling") return 3;
  if (state === "deleted" || state === "not created") return 0;
  return hopelessAfter === undefined ? 2 : 1;
}
