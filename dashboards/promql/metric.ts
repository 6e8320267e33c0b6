/** What queries need to know about a metric. The delayed server's definitions have this form. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** Set for series of a recording rule: they have only these labels. */
  readonly recorded?: true;
}

/** Labels that scraped series get from their target. */
const targetLabels = [
  "job",
  "instance",
  "namespace",
  "pod",
  "app_kubernetes_io_name",
  "app_kubernetes_io_instance",
] as const;

export type TargetLabel = (typeof targetLabels)[number];

/** Names of the labels of a metric's series. */
export type LabelOf<M extends Metric> =
  | M["labels"][number]
  | (M extends { readonly recorded: true } ? never : TargetLabel);
