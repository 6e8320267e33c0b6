import type { CoreV1Event } from "@kubernetes/client-node";

/** Events by the uid of their object, newest last. */
export type Events = ReadonlyMap<string, readonly CoreV1Event[]>;

export function byObject(events: readonly CoreV1Event[]): Events {
  const sorted = events.toSorted((a, b) => timeOf(a) - timeOf(b) || version(a) - version(b));
  return Map.groupBy(sorted, ({ involvedObject }) => involvedObject.uid ?? "");
}

/** Seconds. Old events have two times, new ones a series. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  const time = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Math.floor((time ? new Date(time).getTime() : 0) / 1000);
}

/** Orders events of the same second. */
function version({ metadata }: CoreV1Event): number {
  return Number(metadata.resourceVersion ?? 0);
}
