/** Alertmanager's configuration (https://prometheus.io/docs/alerting/latest/configuration/). */
interface AlertRouting {
  readonly route: Readonly<Record<string, unknown>>;
  readonly inhibit_rules: readonly Readonly<Record<string, unknown>>[];
  readonly receivers: readonly { readonly name: string }[];
}

/** Groups related alerts and mutes tickets while a page fires. Nothing is notified: the receiver is empty. */
export function alertRouting(): AlertRouting {
  const receiver = "nobody";
  return {
    route: {
      receiver,
      group_by: ["alertname", "slo"],
      // Long enough to group the alerts of both windows, short enough to watch.
      group_wait: "5s",
      group_interval: "30s",
      repeat_interval: "4h",
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="page"'],
        target_matchers: ['severity="ticket"'],
        equal: ["alertname", "slo"],
      },
    ],
    receivers: [{ name: receiver }],
  };
}
