// Rules as Prometheus reads them from a file
// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).

/** Keeps the answer of a query as series of its own. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Alerts while a query has an answer. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must have had one. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Rules that are evaluated together, in order, so that one may use what another before it kept. */
export interface RuleGroup<Rule> {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** A file of rules. */
export interface RuleFile<Rule> {
  readonly groups: readonly RuleGroup<Rule>[];
}
